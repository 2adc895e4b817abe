package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.ResultQuery;
import dev.vap.shared.storage.Results;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streams stored results, however many there are: page after page, the next one read when the client has taken the one before.
 * Confined to the context of its server.
 */
final class Exports {

    private static final Logger LOG = LoggerFactory.getLogger(Exports.class);

    static final int AT_ONCE = 16;

    private static final int PAGE = 500;
    private static final long PAGE_SECONDS = 10;
    /** For what the connection holds, a page and 64 KiB; whoever takes longer keeps others from an export of theirs. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** {@link Results#page}. */
    interface Source {
        Future<List<Results.Stored>> page(ResultQuery query);
    }

    private final Vertx vertx;
    private final Source source;
    private final Duration patience;
    private int running;

    Exports(Vertx vertx, Source source) {
        this(vertx, source, PATIENCE);
    }

    /**
     * @param patience in which a client must have taken what the connection holds
     */
    Exports(Vertx vertx, Source source, Duration patience) {
        this.vertx = vertx;
        this.source = source;
        this.patience = patience;
    }

    /**
     * Completes when the first page is on its way, from when on the response belongs to the export. One that fails later closes
     * the connection, so that nobody takes what came for all.
     *
     * @param query ascending; its limit does not matter
     */
    Future<Reply> stream(HttpServerRequest request, ResultQuery query, ResultLines lines, String fileName) {
        HttpServerResponse response = request.response();
        if (running >= AT_ONCE) {
            throw new VapException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "So many exports as this service makes at once are under way: try again when one of them is done.");
        }
        running++;
        Export export = new Export(request, query.limitedTo(PAGE), lines);
        response.closeHandler(v -> export.finish());
        return export.read(query.limitedTo(PAGE))
                .map(first -> {
                    if (!response.closed()) {
                        response.setChunked(true)
                                .putHeader(HttpHeaders.CONTENT_TYPE, lines.type() + "; charset=utf-8")
                                .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                                .putHeader("X-Content-Type-Options", "nosniff")
                                .putHeader(
                                        "Content-Disposition",
                                        "attachment; filename=\"" + fileName + "." + lines.extension() + "\"");
                        if (!lines.head().isEmpty()) {
                            response.write(lines.head());
                        }
                        export.write(first);
                    } else {
                        export.finish();
                    }
                    return Reply.TAKEN;
                })
                .onFailure(e -> export.finish());
    }

    private final class Export {
        private final HttpServerRequest request;
        private final HttpServerResponse response;
        private final ResultQuery query;
        private final ResultLines lines;
        private boolean finished;

        Export(HttpServerRequest request, ResultQuery query, ResultLines lines) {
            this.request = request;
            this.response = request.response();
            this.query = query;
            this.lines = lines;
        }

        Future<List<Results.Stored>> read(ResultQuery part) {
            return source.page(part).timeout(PAGE_SECONDS, TimeUnit.SECONDS);
        }

        void write(List<Results.Stored> page) {
            if (finished || response.closed()) {
                finish();
                return;
            }
            if (page.size() < PAGE) {
                finish();
                response.end(lines.lines(page));
                return;
            }
            response.write(lines.lines(page));
            long last = page.get(page.size() - 1).frameNumber();
            if (response.writeQueueFull()) {
                long timer = vertx.setTimer(patience.toMillis(), t -> {
                    response.drainHandler(null);
                    cut("the client takes next to nothing");
                });
                response.drainHandler(v -> {
                    response.drainHandler(null);
                    if (vertx.cancelTimer(timer)) {
                        next(last);
                    }
                });
            } else {
                next(last);
            }
        }

        private void next(long last) {
            if (finished) {
                return;
            }
            read(query.continuedAfter(last, PAGE)).onSuccess(this::write).onFailure(e -> cut(e.getMessage()));
        }

        private void cut(String why) {
            if (!finished) {
                LOG.warn("an export ended midway: {}", why);
                finish();
                Abort.connection(request.connection());
            }
        }

        void finish() {
            if (!finished) {
                finished = true;
                running--;
            }
        }
    }
}

package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.ResultQuery;
import dev.vap.shared.storage.Results;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
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

    /** {@link Results#page}. */
    interface Source {
        Future<List<Results.Stored>> page(ResultQuery query);
    }

    private final Source source;
    private int running;

    Exports(Source source) {
        this.source = source;
    }

    /**
     * Completes when the first page is on its way, from when on the response belongs to the export. One that fails later closes
     * the connection, so that nobody takes what came for all.
     *
     * @param query ascending; its limit does not matter
     */
    Future<Reply> stream(HttpServerResponse response, ResultQuery query, ResultLines lines, String fileName) {
        if (running >= AT_ONCE) {
            throw new VapException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    "So many exports as this service makes at once are under way: try again when one of them is done.");
        }
        running++;
        Export export = new Export(response, query.limitedTo(PAGE), lines);
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
        private final HttpServerResponse response;
        private final ResultQuery query;
        private final ResultLines lines;
        private boolean finished;

        Export(HttpServerResponse response, ResultQuery query, ResultLines lines) {
            this.response = response;
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
                // Whoever takes nothing is cut off by the server's idle timeout.
                response.drainHandler(v -> {
                    response.drainHandler(null);
                    next(last);
                });
            } else {
                next(last);
            }
        }

        private void next(long last) {
            if (finished) {
                return;
            }
            read(query.continuedAfter(last, PAGE)).onSuccess(this::write).onFailure(e -> {
                LOG.warn("an export ended midway: {}", e.getMessage());
                finish();
                response.reset();
            });
        }

        void finish() {
            if (!finished) {
                finished = true;
                running--;
            }
        }
    }
}

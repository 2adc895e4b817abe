package dev.vap.api.media;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the body of one request to disk: what comes is collected while the last of it is being written, and the client is held
 * up when that is more than {@link #MAX_WAITING}. One that sends less than {@link #LEAST} in the time it is given has to go on
 * in another request, so that nobody holds a connection for ever with a byte now and then. Confined to the request's context;
 * writes on worker threads, one piece after the other. However it ends, what has come is written and the file is closed.
 */
public final class Upload {

    private static final Logger LOG = LoggerFactory.getLogger(Upload.class);
    private static final int MAX_WAITING = 1024 * 1024;
    /** Of a body that is refused so much is read, so that the client gets to see the answer. */
    private static final long MAX_DISCARDED = 4L * 1024 * 1024;
    /** Bytes; far less than any camera's link carries in {@link #PATIENCE}. */
    static final int LEAST = 32 * 1024;

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Context context;
    private final Duration patience;
    private final HttpServerRequest request;
    private final Promise<MediaFile> done = Promise.promise();
    /** Null until it is open. */
    private PartFile file;

    private List<ByteBuffer> waiting = new ArrayList<>();
    private int waitingBytes;
    /** Bytes that have come since it was last looked how many did. */
    private int come;

    private boolean writing;
    private boolean paused;
    private boolean ended;
    private boolean closed;
    private Throwable failure;

    private Upload(Context context, HttpServerRequest request, Duration patience) {
        this.context = context;
        this.request = request;
        this.patience = patience;
    }

    /**
     * To be called before the request's handler returns.
     *
     * @return what there is in the end; fails if the client goes away, or with what is wrong
     */
    public static Future<MediaFile> receive(Context context, HttpServerRequest request, MediaStore store, String name) {
        return receive(context, request, store, name, PATIENCE);
    }

    /**
     * @param patience in which {@link #LEAST} must come
     */
    static Future<MediaFile> receive(
            Context context, HttpServerRequest request, MediaStore store, String name, Duration patience) {
        request.pause();
        Upload upload = new Upload(context, request, patience);
        // The client may go away while the file is being opened.
        request.exceptionHandler(upload::fail);
        Connection connection = new Connection(request);
        ByteRange range;
        try {
            range = ByteRange.of(
                    request.getHeader(HttpHeaders.CONTENT_RANGE), request.getHeader(HttpHeaders.CONTENT_LENGTH));
        } catch (VapException e) {
            return connection.refuse(e);
        }
        return context.executeBlocking(() -> store.open(name, range), false)
                .recover(connection::refuse)
                .compose(file -> upload.start(file, connection));
    }

    /** What a request has been told about its body so far. */
    private record Connection(HttpServerRequest request) {

        <T> Future<T> refuse(Throwable why) {
            boolean waits = expectsContinue();
            if (waits) {
                // It has not sent anything, and now need not.
                request.response().putHeader(HttpHeaders.CONNECTION, "close");
            } else {
                discard();
            }
            return Future.failedFuture(why);
        }

        void discard() {
            if (request.isEnded()) {
                return;
            }
            long[] left = {MAX_DISCARDED};
            request.exceptionHandler(e -> {});
            request.endHandler(v -> {});
            request.handler(chunk -> {
                left[0] -= chunk.length();
                if (left[0] < 0) {
                    request.connection().close();
                }
            });
            request.resume();
        }

        boolean expectsContinue() {
            return "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
        }
    }

    private Future<MediaFile> start(PartFile opened, Connection connection) {
        file = opened;
        if (failure != null) {
            next();
            return done.future();
        }
        request.handler(this::take);
        request.endHandler(v -> {
            ended = true;
            next();
        });
        if (connection.expectsContinue()) {
            request.response().writeContinue();
        }
        request.resume();
        long timer = context.owner().setPeriodic(patience.toMillis(), t -> checkPace());
        return done.future().onFailure(e -> connection.discard()).onComplete(end -> context.owner()
                .cancelTimer(timer));
    }

    private void checkPace() {
        // Nothing comes while we are the slow ones.
        if (!paused && come < LEAST) {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
            fail(new VapException(
                    ErrorCode.REQUEST_TIMEOUT,
                    "Less than " + LEAST / 1024 + " KiB have come in " + patience.toSeconds()
                            + " s: ask how much of the file is there, and go on from there."));
        }
        come = 0;
    }

    private void take(Buffer chunk) {
        if (failure != null) {
            return;
        }
        waiting.add(ByteBuffer.wrap(chunk.getBytes()));
        waitingBytes += chunk.length();
        come += chunk.length();
        if (waitingBytes > MAX_WAITING && !paused) {
            paused = true;
            request.pause();
        }
        next();
    }

    private void fail(Throwable why) {
        if (failure == null && !ended) {
            failure = why;
            next();
        }
    }

    /** Writes what waits; when nothing does and no more comes, brings it to its end. */
    private void next() {
        if (file == null || writing || closed) {
            return;
        }
        if (!waiting.isEmpty()) {
            writing = true;
            List<ByteBuffer> piece = waiting;
            waiting = new ArrayList<>();
            waitingBytes = 0;
            context.<Void>executeBlocking(
                            () -> {
                                file.write(piece);
                                return null;
                            },
                            false)
                    .onComplete(result -> {
                        writing = false;
                        written(result.cause());
                    });
        } else if (ended || failure != null) {
            close();
        }
    }

    private void written(Throwable why) {
        if (why != null) {
            failure = why;
            waiting = new ArrayList<>();
        } else if (paused) {
            paused = false;
            request.resume();
        }
        next();
    }

    private void close() {
        closed = true;
        Throwable why = failure;
        context.executeBlocking(
                        () -> {
                            try (PartFile closing = file) {
                                return why == null ? closing.finish() : null;
                            }
                        },
                        false)
                .onComplete(result -> {
                    if (why == null && result.succeeded()) {
                        done.complete(result.result());
                    } else {
                        done.fail(explain(why != null ? why : result.cause()));
                    }
                });
    }

    /** The client that went away gets no answer; it is told to whoever asks next. */
    private static Throwable explain(Throwable why) {
        if (why instanceof VapException) {
            return why;
        }
        LOG.debug("an upload was cut off", why);
        return new VapException(
                ErrorCode.MEDIA_CONFLICT, "The upload was cut off: ask how much of it is there, and go on from there.");
    }
}

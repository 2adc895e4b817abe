package dev.vap.api.live;

import dev.vap.shared.domain.VapException;
import io.micrometer.core.instrument.Counter;
import io.vertx.core.buffer.Buffer;
import java.util.function.Consumer;

/**
 * Pictures for one client as Motion JPEG. It begins with the first picture, so that a scenario without one can still be
 * answered with a sentence. While the client does not read, only the newest picture waits for it. Confined to one context.
 */
final class PreviewStream implements PreviewHub.Viewer {

    /** Between two calls of {@link #beat()}. */
    static final long BEAT_MILLIS = 5_000;
    /** Beats without a picture, after which the last one is sent again: the connection is to be seen to live. */
    static final int QUIET_BEATS = 3;
    /** Beats in which nothing could be written, after which the client is given up. */
    static final int STALLED_BEATS = 12;

    /** The client. */
    interface Sink {
        /** Before the first write. */
        void begin();

        boolean full();

        void write(Buffer bytes);

        void end();

        /** Ends without waiting for what was not read. */
        void abort();
    }

    private enum Phase {
        WAITING,
        SHOWING,
        ENDED
    }

    private final Sink sink;
    private final Counter dropped;
    private final Consumer<VapException> onRefused;
    private final Runnable onEnd;
    private Phase phase = Phase.WAITING;
    private PreviewPart last;
    private PreviewPart waiting;
    private int quietBeats;
    private int stalledBeats;

    /**
     * @param onRefused there will be no picture, and nothing was written; {@code onEnd} follows
     * @param onEnd called once, whatever ended the stream
     */
    PreviewStream(Sink sink, Counter dropped, Consumer<VapException> onRefused, Runnable onEnd) {
        this.sink = sink;
        this.dropped = dropped;
        this.onRefused = onRefused;
        this.onEnd = onEnd;
    }

    @Override
    public void onPicture(PreviewPart picture) {
        if (phase == Phase.ENDED) {
            return;
        }
        if (phase == Phase.WAITING) {
            phase = Phase.SHOWING;
            sink.begin();
            sink.write(PreviewPart.FIRST);
        }
        last = picture;
        quietBeats = 0;
        if (!sink.full()) {
            sink.write(picture.part());
            return;
        }
        if (waiting != null) {
            dropped.increment();
        }
        waiting = picture;
    }

    /** The client has room again. */
    void drained() {
        stalledBeats = 0;
        if (phase == Phase.SHOWING && waiting != null) {
            PreviewPart newest = waiting;
            waiting = null;
            sink.write(newest.part());
        }
    }

    /** To be called every {@link #BEAT_MILLIS}. */
    void beat() {
        if (phase != Phase.SHOWING) {
            return;
        }
        if (sink.full()) {
            if (++stalledBeats >= STALLED_BEATS) {
                finish();
                sink.abort();
            }
            return;
        }
        stalledBeats = 0;
        if (++quietBeats >= QUIET_BEATS) {
            quietBeats = 0;
            sink.write(last.part());
        }
    }

    @Override
    public void onRefused(VapException why) {
        if (phase == Phase.WAITING) {
            onRefused.accept(why);
            finish();
        }
    }

    @Override
    public void onEnd() {
        end();
    }

    /** Harmless when repeated. */
    void end() {
        if (phase == Phase.ENDED) {
            return;
        }
        boolean shown = phase == Phase.SHOWING;
        finish();
        if (shown) {
            sink.write(PreviewPart.LAST);
            sink.end();
        }
    }

    private void finish() {
        phase = Phase.ENDED;
        waiting = null;
        onEnd.run();
    }
}

package dev.vap.testing.video;

import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Plays a {@link TestStream} in real time to all who watch, who join where it is now. One thread; closing ends it.
 * Timestamps go on when the stream is exchanged for another.
 */
final class Camera implements AutoCloseable {
    /** A machine that stood still longer than this does not send what it missed. */
    private static final long LATE_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final long CLOSE_SECONDS = 5;

    /** One frame on its way to those who watch. */
    record Frame(List<byte[]> payloads, long timestamp, long wallMillis) {}

    /** Is called on the camera's thread, and must not block. */
    interface Viewer {
        void frame(Frame frame);
    }

    private final ScheduledExecutorService thread;
    private final Set<Viewer> viewers = new CopyOnWriteArraySet<>();
    private volatile TestStream stream;
    private TestStream playing;
    private double timestamp;
    private long number;
    private long due;

    Camera(String name, TestStream stream) {
        this.stream = stream;
        this.playing = stream;
        this.due = System.nanoTime();
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread made = new Thread(task, name);
            made.setDaemon(true);
            return made;
        });
        thread.execute(this::play);
    }

    private void play() {
        long now = System.nanoTime();
        if (now - due > LATE_NANOS) {
            due = now;
        }
        while (now - due >= 0) {
            next();
        }
        ScheduledFuture<?> unused =
                thread.schedule(this::play, Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void next() {
        TestStream wanted = stream;
        if (wanted != playing) {
            playing = wanted;
            number = 0;
        }
        StreamSpec spec = playing.spec();
        if (!viewers.isEmpty()) {
            List<byte[]> payloads = Rtp.payloads(spec.codec(), playing.unit(number));
            Frame frame = new Frame(payloads, Math.round(timestamp), System.currentTimeMillis());
            viewers.forEach(viewer -> viewer.frame(frame));
        }
        number++;
        timestamp += spec.ticksPerFrame();
        due += Math.round(1e9 / spec.framesPerSecond());
    }

    TestStream stream() {
        return stream;
    }

    /** From the next frame on this is played, from its beginning. */
    void stream(TestStream next) {
        stream = next;
    }

    void add(Viewer viewer) {
        viewers.add(viewer);
    }

    void remove(Viewer viewer) {
        viewers.remove(viewer);
    }

    /** For other work in time, which must not block either. Ends with the camera. */
    ScheduledExecutorService timer() {
        return thread;
    }

    @Override
    public void close() {
        thread.shutdownNow();
        try {
            if (!thread.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("The test camera's thread does not end.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

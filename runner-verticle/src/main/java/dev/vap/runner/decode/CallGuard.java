package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOInterruptCB;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Bounds FFmpeg's blocking calls: its interrupt callback asks here whether the deadline of the call has passed or the
 * reader was cancelled.
 *
 * <p>JavaCPP can hold ten callback objects of a type at a time, so one object serves all readers, for ever, and finds
 * the guard by a number that FFmpeg carries for it. The callback may come from any thread that FFmpeg reads on; after
 * {@link #close()} it answers "stop".
 */
final class CallGuard implements AutoCloseable {
    private static final ConcurrentHashMap<Long, CallGuard> GUARDS = new ConcurrentHashMap<>();
    private static final AtomicLong NUMBERS = new AtomicLong();
    private static final Callback CALLBACK = new Callback();

    private final long number = NUMBERS.incrementAndGet();
    private final Cancellation cancellation;
    private volatile long deadlineNanos;
    private volatile boolean timedOut;
    /** While it opens: the context, to see whether FFmpeg follows a redirect. */
    private volatile AVFormatContext watched;

    private long watchedUrl;
    private volatile String redirect;

    CallGuard(Cancellation cancellation) {
        this.cancellation = cancellation;
        this.deadlineNanos = System.nanoTime();
        GUARDS.put(number, this);
    }

    /** To be called before the context is opened: FFmpeg copies the callback into everything it opens. */
    void guard(AVFormatContext context) {
        AVIOInterruptCB slot = context.interrupt_callback();
        slot.callback(CALLBACK);
        slot.opaque(new Handle(number));
    }

    /** The number by which FFmpeg's callbacks find the guard of a context; 0 if it has none. */
    static long numberOf(AVFormatContext context) {
        Pointer opaque = context.interrupt_callback().opaque();
        return opaque == null ? 0 : opaque.address();
    }

    long number() {
        return number;
    }

    /**
     * Stops the opening of the context as soon as FFmpeg follows a redirect, which it would do without end, without pause
     * and to any host; {@link #redirect()} tells where to.
     */
    void watchRedirects(AVFormatContext context) {
        redirect = null;
        watchedUrl = 0;
        watched = context;
    }

    void watchNoMore() {
        watched = null;
    }

    /** Where the source said that it has moved to; null if it did not. */
    String redirect() {
        return redirect;
    }

    /** Of {@link System#nanoTime()}. */
    long deadlineNanos() {
        return deadlineNanos;
    }

    Cancellation cancellation() {
        return cancellation;
    }

    /** Starts the clock for the next native calls. */
    void begin(Duration limit) {
        deadlineNanos = System.nanoTime() + limit.toNanos();
    }

    /**
     * Throws if the reader was cancelled, or the time since {@link #begin} is over, or any call before was stopped:
     * FFmpeg may answer a stopped call with part of a packet, or report it one call later. {@code subject} starts the
     * message.
     */
    void check(String subject) {
        if (System.nanoTime() - deadlineNanos > 0) {
            timedOut = true;
        }
        checkStopped(subject);
    }

    /** Like {@link #check}, but forgives a call that was late and yet succeeded. */
    void checkStopped(String subject) {
        if (cancellation.isCancelled()) {
            throw new MediaException(SourceFault.INTERRUPTED, subject + " is no longer read: it was stopped.");
        }
        if (timedOut) {
            throw new MediaException(SourceFault.TIMEOUT, subject + " did not answer in time.");
        }
    }

    @Override
    public void close() {
        GUARDS.remove(number);
    }

    private boolean stop() {
        if (cancellation.isCancelled()) {
            return true;
        }
        if (System.nanoTime() - deadlineNanos > 0) {
            timedOut = true;
            return true;
        }
        return redirect != null || isRedirected();
    }

    private boolean isRedirected() {
        AVFormatContext context = watched;
        BytePointer url = context == null ? null : context.url();
        if (url == null || url.isNull()) {
            return false;
        }
        if (watchedUrl == 0) {
            watchedUrl = url.address();
        } else if (url.address() != watchedUrl) {
            redirect = Ffmpeg.string(url);
        }
        return redirect != null;
    }

    private static final class Callback extends AVIOInterruptCB.Callback_Pointer {
        @Override
        public int call(Pointer opaque) {
            CallGuard guard = opaque == null ? null : GUARDS.get(opaque.address());
            return guard == null || guard.stop() ? 1 : 0;
        }
    }

    /** A number in the shape of an address; nothing is ever read there. */
    private static final class Handle extends Pointer {
        Handle(long number) {
            address = number;
        }
    }
}

package dev.vap.runner.session;

import dev.vap.runner.preview.PictureEncoder;
import dev.vap.runner.time.Timers;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.PreviewPicture;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Pictures of a session for those who watch it: made of frames that are looked at anyway, while somebody wants them, and not
 * more than {@link #PER_SECOND}. While nobody does it costs a look at the clock. Belongs to the lane, like all that is native;
 * only {@link #want} is safe for any thread.
 */
final class LanePreviews implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LanePreviews.class);

    static final int PER_SECOND = 10;
    static final int MAX_WIDTH = 960;

    private static final long SLOT_NANOS = 1_000_000_000L / PER_SECOND;

    private final DeployCommand command;
    private final Timers timers;
    private final SessionMetrics metrics;
    private final long origin;
    /** Nanoseconds after the origin; 0 as long as nobody has watched. */
    private volatile long wantedUntil;

    private long lastSlot = -1;
    /** Null while nobody watches. */
    private PictureEncoder encoder;

    LanePreviews(DeployCommand command, Timers timers, SessionMetrics metrics) {
        this.command = command;
        this.timers = timers;
        this.metrics = metrics;
        this.origin = timers.nanos();
    }

    /** From now on for so long; longer wishes stay. */
    void want(Duration ttl) {
        long until = timers.nanos() - origin + ttl.toNanos();
        if (until > wantedUntil) {
            wantedUntil = until;
        }
    }

    /** Whether a picture of the current frame is wanted; true at most once in each tenth of a second. */
    boolean due() {
        long now = timers.nanos() - origin;
        if (now >= wantedUntil) {
            free();
            return false;
        }
        long slot = now / SLOT_NANOS;
        if (slot == lastSlot) {
            return false;
        }
        lastSlot = slot;
        return true;
    }

    /**
     * To be called if one is {@link #due()}.
     *
     * @param bgr the frame's pixels, as its source gives them
     * @return null if it can't be made, which is no reason to end a session
     */
    PreviewPicture of(Frame frame, ByteBuffer bgr) {
        long started = timers.nanos();
        try {
            if (encoder == null) {
                PictureEncoder.prepare();
                encoder = new PictureEncoder(MAX_WIDTH);
            }
            byte[] jpeg = encoder.encode(bgr, frame.sourceWidth, frame.sourceHeight);
            metrics.previewEncoded(timers.nanos() - started);
            return new PreviewPicture(
                    command.scenario(),
                    command.epoch(),
                    frame.number,
                    frame.readAt,
                    frame.ptsMillis,
                    frame.sourceWidth,
                    frame.sourceHeight,
                    Buffer.buffer(jpeg));
        } catch (RuntimeException e) {
            LOG.debug("no preview of frame {} of scenario {}", frame.number, command.scenario(), e);
            return null;
        }
    }

    private void free() {
        if (encoder != null) {
            encoder.close();
            encoder = null;
        }
    }

    /** Harmless when repeated. */
    @Override
    public void close() {
        free();
    }
}

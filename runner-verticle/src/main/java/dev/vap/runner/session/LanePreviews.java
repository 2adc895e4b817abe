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
 * more than {@link #PER_SECOND}. While nobody does it costs a look at the clock. A session that looks at a frame only now and
 * then keeps a picture of the newest one instead, some 100 KB, so that nobody has to wait for the next. Belongs to the lane,
 * like all that is native; only {@link #want} and {@link #kept} are safe for any thread.
 */
final class LanePreviews implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(LanePreviews.class);

    static final int PER_SECOND = 10;
    static final int MAX_WIDTH = 960;

    /** Who asks for a picture gets the next one as long as there is more than one in two seconds. */
    private static final double SELDOM_FPS = 0.5;

    private static final long SLOT_NANOS = 1_000_000_000L / PER_SECOND;

    private final DeployCommand command;
    private final Timers timers;
    private final SessionMetrics metrics;
    private final long origin;
    /** Nanoseconds after the origin; 0 as long as nobody has watched. */
    private volatile long wantedUntil;

    /** Null if there are frames enough, or none from this connection to the source. */
    private volatile PreviewPicture kept;

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

    /** The newest picture of a session that makes few; null if it makes more, or has made none. */
    PreviewPicture kept() {
        return kept;
    }

    /** What was kept is no longer what the source shows. */
    void forget() {
        kept = null;
    }

    /**
     * Whether a picture of the current frame is to be made; true at most once in each tenth of a second.
     *
     * @param fps frames that are looked at in a second; 0 for all
     */
    boolean due(double fps) {
        long now = timers.nanos() - origin;
        boolean keep = isSeldom(fps);
        if (!keep) {
            forget();
        }
        if (now >= wantedUntil && !keep) {
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

    private static boolean isSeldom(double fps) {
        return fps > 0 && fps <= SELDOM_FPS;
    }

    /**
     * To be called if one is {@link #due}.
     *
     * @param bgr the frame's pixels, as its source gives them
     * @param fps as {@link #due} was told
     * @return null if it can't be made, which is no reason to end a session
     */
    PreviewPicture of(Frame frame, ByteBuffer bgr, double fps) {
        long started = timers.nanos();
        try {
            if (encoder == null) {
                PictureEncoder.prepare();
                encoder = new PictureEncoder(MAX_WIDTH);
            }
            byte[] jpeg = encoder.encode(bgr, frame.sourceWidth, frame.sourceHeight);
            metrics.previewEncoded(timers.nanos() - started);
            PreviewPicture picture = new PreviewPicture(
                    command.scenario(),
                    command.epoch(),
                    frame.number,
                    frame.readAt,
                    frame.ptsMillis,
                    frame.sourceWidth,
                    frame.sourceHeight,
                    Buffer.buffer(jpeg));
            if (isSeldom(fps)) {
                kept = picture;
                // Made anew when the next frame comes: its matrices are larger than the picture.
                free();
            }
            return picture;
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

package dev.vap.runner.probe;

import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.decode.MediaInfo;
import dev.vap.runner.preview.PictureEncoder;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceOpener;
import dev.vap.runner.source.SourceSpec;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.ProbeReport;
import dev.vap.shared.protocol.ProbeRequest;
import java.util.Base64;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a source, decodes frames for a moment, and says what it is or what is wrong with it. Thread-safe; every probe blocks
 * its thread until the request's deadline at most. The owner closes it.
 */
public final class Probes implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Probes.class);

    /** Rates of live streams are measured for so long at most. */
    private static final long MEASURE_NANOS = 2_000_000_000L;

    private static final int MEASURE_FRAMES = 30;
    private static final long MAX_MILLIS = 60_000;
    private static final int PICTURE_WIDTH = 640;

    private final SourceOpener opener;
    private final String runnerId;
    private final ScheduledExecutorService watchdog = Executors.newSingleThreadScheduledExecutor(work -> {
        Thread thread = new Thread(work, "vap-probe-watchdog");
        thread.setDaemon(true);
        return thread;
    });

    /**
     * @param runnerId told in the report; null where there is none
     */
    public Probes(SourceOpener opener, String runnerId) {
        this.opener = opener;
        this.runnerId = runnerId;
    }

    /** Never throws because of the source: the report says what is wrong. */
    public ProbeReport probe(ProbeRequest request) {
        long started = System.nanoTime();
        long limit = Math.max(1, Math.min(MAX_MILLIS, request.timeoutMillis()));
        Cancellation cancellation = new Cancellation();
        var overdue = watchdog.schedule(cancellation::cancel, limit, TimeUnit.MILLISECONDS);
        try {
            SourceUrl url = SourceUrl.parse(request.cameraUrl());
            SourceSpec spec = new SourceSpec(url, request.options(), !url.isFile(), 0, 0, 0, 0);
            return look(spec, request.picture(), cancellation, started, started + TimeUnit.MILLISECONDS.toNanos(limit));
        } catch (MediaException e) {
            boolean late = e.fault() == SourceFault.INTERRUPTED;
            return ProbeReport.failed(
                    late ? SourceFault.TIMEOUT : e.fault(),
                    late ? "The source sent no frame within " + limit / 1000.0 + " s." : e.getMessage(),
                    runnerId);
        } catch (VapException e) {
            return ProbeReport.failed(SourceFault.NOT_ALLOWED, e.getMessage(), runnerId);
        } catch (RuntimeException e) {
            LOG.error("a probe failed", e);
            return ProbeReport.failed(
                    SourceFault.IO, "An internal error ended the probe; the runner's log says more.", runnerId);
        } finally {
            overdue.cancel(false);
        }
    }

    private ProbeReport look(
            SourceSpec spec, boolean wantsPicture, Cancellation cancellation, long started, long deadline) {
        try (FrameSource source = opener.open(spec, cancellation)) {
            if (!source.next()) {
                return ProbeReport.failed(SourceFault.EMPTY, "The source has no frame.", runnerId);
            }
            long first = System.nanoTime();
            String picture = wantsPicture ? picture(source) : null;
            MediaInfo info = source.info();
            long bitrate = info.live() ? measured(source, first, Math.min(first + MEASURE_NANOS, deadline)) : -1;
            return new ProbeReport(
                    null,
                    null,
                    Redact.url(spec.url().raw()),
                    info.live(),
                    info.container(),
                    info.codec(),
                    source.width(),
                    source.height(),
                    source.details().framesPerSecond(),
                    bitrate > 0 ? bitrate : info.bitRate(),
                    TimeUnit.NANOSECONDS.toMillis(first - started),
                    info.durationMillis(),
                    info.live() ? -1 : info.frameCount(),
                    runnerId,
                    picture);
        }
    }

    /** Of the current frame, in base64; null if it can't be made: what the source is can be told all the same. */
    private static String picture(FrameSource source) {
        PictureEncoder.prepare();
        try (PictureEncoder encoder = new PictureEncoder(PICTURE_WIDTH)) {
            return Base64.getEncoder().encodeToString(encoder.encode(source.bgr(), source.width(), source.height()));
        } catch (RuntimeException e) {
            LOG.warn("a probe has no picture: {}", e.getMessage());
            return null;
        }
    }

    /** Bits a second between the first frame and the last one read here; -1 if there was no other. */
    private static long measured(FrameSource source, long first, long until) {
        long before = source.bytesRead();
        long last = first;
        try {
            for (int frames = 0; frames < MEASURE_FRAMES && System.nanoTime() < until; frames++) {
                if (!source.next()) {
                    break;
                }
                last = System.nanoTime();
            }
        } catch (MediaException e) {
            // The first frame has come: that is what was asked for.
            LOG.debug("a probe could not measure the rate: {}", e.getMessage());
        }
        return last == first ? -1 : Math.round((source.bytesRead() - before) * 8e9 / (last - first));
    }

    @Override
    public void close() {
        watchdog.shutdownNow();
    }
}

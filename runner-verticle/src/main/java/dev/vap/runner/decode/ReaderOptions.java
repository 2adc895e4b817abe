package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What to read and within which limits.
 *
 * @param kind decides which protocols and containers are allowed
 * @param url for {@link SourceKind#FILE} and {@link SourceKind#V4L2} an absolute path, taken literally whatever characters
 *     it holds; else a URL, with credentials if it needs any
 * @param decoderThreads 1 or more; with 1 the caller's thread decodes
 * @param hwaccel {@code auto}, {@code none}, or FFmpeg's name of a kind of hardware
 * @param demuxerOptions FFmpeg options such as {@code probesize}; those that guard what may be opened are overruled
 */
public record ReaderOptions(
        SourceKind kind,
        String url,
        Limits limits,
        Network network,
        int decoderThreads,
        String hwaccel,
        Map<String, String> demuxerOptions) {
    public static final Duration DEFAULT_OPEN_TIMEOUT = Duration.ofSeconds(10);
    public static final Duration DEFAULT_READ_TIMEOUT = Duration.ofSeconds(10);
    public static final long DEFAULT_MAX_PIXELS = 8192L * 8192L;
    public static final String SOFTWARE = "none";

    /** Three bytes a pixel have to fit into one buffer. */
    private static final long PIXELS_PER_BUFFER = (Integer.MAX_VALUE - 65_536) / 3;

    /**
     * All by the monotonic clock.
     *
     * @param open for connecting and finding out what the source sends
     * @param firstFrame from there to the first decoded frame
     * @param read of a file, for each packet; of others, for each further frame
     * @param maxPixels the most pixels a frame may have
     */
    public record Limits(Duration open, Duration firstFrame, Duration read, long maxPixels) {

        public static final Limits DEFAULT =
                new Limits(DEFAULT_OPEN_TIMEOUT, DEFAULT_READ_TIMEOUT, DEFAULT_READ_TIMEOUT, DEFAULT_MAX_PIXELS);

        public Limits {
            if (!isPositive(open) || !isPositive(firstFrame) || !isPositive(read)) {
                throw new IllegalArgumentException("timeouts have to be positive");
            }
            if (maxPixels < 1 || maxPixels > PIXELS_PER_BUFFER) {
                throw new IllegalArgumentException(
                        "maxPixels has to be 1 to " + PIXELS_PER_BUFFER + ", but is " + maxPixels);
            }
        }

        private static boolean isPositive(Duration duration) {
            return !duration.isNegative() && !duration.isZero();
        }
    }

    /**
     * @param rtspTransport {@code tcp} or {@code udp}; null for TCP, or UDP where the server refuses TCP
     * @param tlsVerify whether certificates have to be trusted
     * @param caFile PEM file of the authorities to trust for RTSPS and RTMPS; null for those of the system
     * @param streams opens HTTP(S) URLs; null where there are none
     */
    public record Network(String rtspTransport, boolean tlsVerify, Path caFile, ByteStreams streams) {

        public static final Network NONE = new Network(null, false, null, null);
    }

    public ReaderOptions {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(url, "url");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(network, "network");
        Objects.requireNonNull(hwaccel, "hwaccel");
        if (url.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("url holds a zero character");
        }
        if (kind == SourceKind.FILE && !Path.of(url).isAbsolute()) {
            throw new IllegalArgumentException("a file is named by its absolute path");
        }
        if (decoderThreads < 1 || decoderThreads > 64) {
            throw new IllegalArgumentException("decoderThreads has to be 1 to 64, but is " + decoderThreads);
        }
        demuxerOptions = Map.copyOf(demuxerOptions);
    }

    /** A file with the default limits. */
    public static ReaderOptions file(Path path) {
        return of(SourceKind.FILE, path.toAbsolutePath().toString());
    }

    public static ReaderOptions of(SourceKind kind, String url) {
        return new ReaderOptions(kind, url, Limits.DEFAULT, Network.NONE, 1, SOFTWARE, Map.of());
    }

    /**
     * @param read for the first frame, too
     */
    public ReaderOptions withTimeouts(Duration open, Duration read) {
        return withLimits(new Limits(open, read, read, limits.maxPixels()));
    }

    public ReaderOptions withLimits(Limits other) {
        return new ReaderOptions(kind, url, other, network, decoderThreads, hwaccel, demuxerOptions);
    }

    public ReaderOptions withNetwork(Network other) {
        return new ReaderOptions(kind, url, limits, other, decoderThreads, hwaccel, demuxerOptions);
    }

    public ReaderOptions withHwaccel(String name) {
        return new ReaderOptions(kind, url, limits, network, decoderThreads, name, demuxerOptions);
    }

    public ReaderOptions withDecoderThreads(int threads) {
        return new ReaderOptions(kind, url, limits, network, threads, hwaccel, demuxerOptions);
    }

    public ReaderOptions withMaxPixels(long pixels) {
        return withLimits(new Limits(limits.open(), limits.firstFrame(), limits.read(), pixels));
    }

    public ReaderOptions withDemuxerOptions(Map<String, String> options) {
        return new ReaderOptions(kind, url, limits, network, decoderThreads, hwaccel, options);
    }

    public long maxPixels() {
        return limits.maxPixels();
    }

    /**
     * The subject of a message: base name of a file, host and path of a URL; no credentials, query or control
     * characters.
     */
    String subject() {
        return switch (kind) {
            case FILE -> "The file " + printable(baseName());
            case V4L2 -> "The device " + printable(url);
            default -> "The source " + printable(place());
        };
    }

    /** Opens an address of this source or of its playlist within the deadline of the guard. */
    ByteStream openStream(String address, CallGuard guard) {
        if (network.streams() == null) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED, subject() + " can't be read: HTTP is not available here.");
        }
        return network.streams().open(address, network.tlsVerify(), guard.deadlineNanos(), guard.cancellation());
    }

    Path path() {
        return Path.of(url);
    }

    /** What FFmpeg is given. The {@code file:} prefix keeps it from reading anything into the name. */
    String nativeUrl() {
        return kind == SourceKind.FILE ? "file:" + url : url;
    }

    @Override
    public String toString() {
        return "ReaderOptions[" + kind + ", " + subject() + ", " + limits + ", threads " + decoderThreads + ", hwaccel "
                + hwaccel + "]";
    }

    private String baseName() {
        Path name = path().getFileName();
        return name == null ? url : name.toString();
    }

    private String place() {
        try {
            URI uri = URI.create(url);
            if (uri.getHost() != null) {
                String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
                return uri.getScheme() + "://" + uri.getHost() + port + Objects.toString(uri.getPath(), "");
            }
        } catch (IllegalArgumentException e) {
            // Told without its address below: what can't be parsed can't be cleaned of credentials either.
        }
        int colon = url.indexOf(':');
        return colon > 0 ? url.substring(0, colon) + " address" : "address";
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}

package dev.vap.runner.decode;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * What to read and within which limits.
 *
 * @param kind decides which protocols and containers are allowed
 * @param url for {@link SourceKind#FILE} an absolute path, taken literally whatever characters it holds; else a URL
 * @param openTimeout for opening and probing together, wall clock
 * @param readTimeout for each read of a packet
 * @param decoderThreads 1 or more; with 1 the caller's thread decodes
 * @param maxPixels the most pixels a frame may have
 * @param demuxerOptions FFmpeg options such as {@code probesize}; those that guard what may be opened are overruled
 */
public record ReaderOptions(
        SourceKind kind,
        String url,
        Duration openTimeout,
        Duration readTimeout,
        int decoderThreads,
        long maxPixels,
        Map<String, String> demuxerOptions) {
    public static final Duration DEFAULT_OPEN_TIMEOUT = Duration.ofSeconds(10);
    public static final Duration DEFAULT_READ_TIMEOUT = Duration.ofSeconds(10);
    public static final long DEFAULT_MAX_PIXELS = 8192L * 8192L;

    /** Three bytes a pixel have to fit into one buffer. */
    private static final long PIXELS_PER_BUFFER = (Integer.MAX_VALUE - 65_536) / 3;

    public ReaderOptions {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(url, "url");
        if (url.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("url holds a zero character");
        }
        if (kind == SourceKind.FILE && !Path.of(url).isAbsolute()) {
            throw new IllegalArgumentException("a file is named by its absolute path");
        }
        if (openTimeout.isNegative() || openTimeout.isZero() || readTimeout.isNegative() || readTimeout.isZero()) {
            throw new IllegalArgumentException("timeouts have to be positive");
        }
        if (decoderThreads < 1 || decoderThreads > 64) {
            throw new IllegalArgumentException("decoderThreads has to be 1 to 64, but is " + decoderThreads);
        }
        if (maxPixels < 1 || maxPixels > PIXELS_PER_BUFFER) {
            throw new IllegalArgumentException(
                    "maxPixels has to be 1 to " + PIXELS_PER_BUFFER + ", but is " + maxPixels);
        }
        demuxerOptions = Map.copyOf(demuxerOptions);
    }

    /** A file with the default limits. */
    public static ReaderOptions file(Path path) {
        return of(SourceKind.FILE, path.toAbsolutePath().toString());
    }

    public static ReaderOptions of(SourceKind kind, String url) {
        return new ReaderOptions(
                kind, url, DEFAULT_OPEN_TIMEOUT, DEFAULT_READ_TIMEOUT, 1, DEFAULT_MAX_PIXELS, Map.of());
    }

    public ReaderOptions withTimeouts(Duration open, Duration read) {
        return new ReaderOptions(kind, url, open, read, decoderThreads, maxPixels, demuxerOptions);
    }

    public ReaderOptions withDecoderThreads(int threads) {
        return new ReaderOptions(kind, url, openTimeout, readTimeout, threads, maxPixels, demuxerOptions);
    }

    public ReaderOptions withMaxPixels(long pixels) {
        return new ReaderOptions(kind, url, openTimeout, readTimeout, decoderThreads, pixels, demuxerOptions);
    }

    public ReaderOptions withDemuxerOptions(Map<String, String> options) {
        return new ReaderOptions(kind, url, openTimeout, readTimeout, decoderThreads, maxPixels, options);
    }

    /**
     * The subject of a message: base name of a file, host and path of a URL; no credentials, query or control
     * characters.
     */
    String subject() {
        return kind == SourceKind.FILE ? "The file " + printable(baseName()) : "The source " + printable(place());
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
        return "ReaderOptions[" + kind + ", " + subject() + ", open " + openTimeout + ", read " + readTimeout
                + ", threads " + decoderThreads + ", maxPixels " + maxPixels + "]";
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

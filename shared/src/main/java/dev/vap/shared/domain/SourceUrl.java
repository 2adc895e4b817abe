package dev.vap.shared.domain;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Set;

/**
 * Where frames come from, told apart by scheme. Says nothing about whether the source exists.
 *
 * @param raw as the user gave it, credentials included: never log it, use {@link #shown()}
 * @param path for a file: the path as given, absolute or relative to the media root; else null
 */
public record SourceUrl(String raw, Kind kind, String path) {

    public enum Kind {
        FILE,
        /** Whatever has no end of its own: its end is a fault. */
        LIVE
    }

    private static final Set<String> LIVE_SCHEMES = Set.of("rtsp", "rtsps", "http", "https");
    private static final int MAX_LENGTH = 2048;

    /**
     * @throws VapException if the text is empty, too long or of a scheme that VAP does not open
     */
    public static SourceUrl parse(String text) {
        if (text == null || text.isBlank()) {
            throw new VapException(
                    ErrorCode.INVALID_VALUE, "\"camera_url\" must name a source, for example rtsp://host/stream.");
        }
        if (text.length() > MAX_LENGTH) {
            throw new VapException(ErrorCode.INVALID_VALUE, "\"camera_url\" must be at most 2048 characters long.");
        }
        if (text.chars().anyMatch(Character::isISOControl)) {
            throw new VapException(ErrorCode.INVALID_VALUE, "\"camera_url\" must not hold control characters.");
        }
        int colon = text.indexOf(':');
        boolean hasScheme = colon > 1 && text.substring(0, colon).matches("[a-zA-Z][a-zA-Z0-9+.-]*");
        if (!hasScheme) {
            return new SourceUrl(text, Kind.FILE, text);
        }
        String scheme = text.substring(0, colon).toLowerCase(Locale.ROOT);
        if (scheme.equals("file")) {
            return new SourceUrl(text, Kind.FILE, filePath(text.substring(colon + 1), text));
        }
        if (LIVE_SCHEMES.contains(scheme) && text.startsWith("://", colon) && text.length() > colon + 3) {
            return new SourceUrl(text, Kind.LIVE, null);
        }
        throw new VapException(
                ErrorCode.SOURCE_SCHEME_NOT_ALLOWED,
                "\"" + Redact.shorten(text)
                        + "\" is no source VAP can open: use rtsp://, rtsps://, http://, https:// or file: followed by a"
                        + " path under the media root.");
    }

    private static String filePath(String rest, String text) {
        if (!rest.startsWith("//")) {
            return rest.isEmpty() ? "." : rest;
        }
        // file:///a%20b is a URI and percent-encoded; file:/a b is taken as written.
        try {
            URI uri = new URI(text);
            String host = uri.getHost();
            if (uri.getPath() != null && (host == null || host.isEmpty() || host.equals("localhost"))) {
                return uri.getPath();
            }
        } catch (URISyntaxException e) {
            // Falls through to the error below, which says how to write it.
        }
        throw new VapException(
                ErrorCode.INVALID_VALUE,
                "\"" + Redact.shorten(text) + "\" is not a file URL VAP can read: write file:///path/to/clip.mp4.");
    }

    public boolean isFile() {
        return kind == Kind.FILE;
    }

    public String shown() {
        return Redact.url(raw);
    }

    @Override
    public String toString() {
        return shown();
    }
}

package dev.vap.shared.domain;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where frames come from, told apart by scheme. Says nothing about whether the source exists.
 *
 * @param raw as the user gave it, credentials included: never log it, use {@link #shown()}
 * @param host of a network source, IPv6 without brackets; else null
 * @param port of a network source; -1 if the URL names none
 * @param path for a file: the path as given, absolute or relative to the media root; for a device: its path; else null
 */
public record SourceUrl(String raw, Scheme scheme, String host, int port, String path) {

    /** The allow-list. */
    public enum Scheme {
        FILE,
        RTSP,
        RTSPS,
        ONVIF,
        HTTP,
        HTTPS,
        RTMP,
        RTMPS,
        SRT,
        UDP,
        RTP,
        V4L2;

        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        public static Optional<Scheme> fromWire(String text) {
            return Arrays.stream(values()).filter(s -> s.wire().equals(text)).findFirst();
        }
    }

    private static final int MAX_LENGTH = 2048;

    /** No port is usual for these. */
    private static final Set<Scheme> NEED_PORT = EnumSet.of(Scheme.SRT, Scheme.UDP, Scheme.RTP);

    /** Credentials reach to the last {@code @} of the authority: passwords may hold {@code @ : #}. */
    private static final Pattern NETWORK = Pattern.compile(
            "[a-zA-Z0-9+.-]+://(?:(?<user>[^/?\\s]*)@)?(?<host>\\[[0-9a-fA-F:.]+(?:%[^\\]]+)?]|[^/?#@:\\[\\]\\s]+)"
                    + "(?::(?<port>[^/?#]*))?(?<rest>[/?#].*)?");

    private static final Pattern DEVICE = Pattern.compile("(?://)?(/dev/video\\d{1,3})");

    /**
     * @throws VapException if the text is empty, too long, malformed or of a scheme that VAP does not open
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
            return new SourceUrl(text, Scheme.FILE, null, -1, text);
        }
        Scheme scheme = Scheme.fromWire(text.substring(0, colon).toLowerCase(Locale.ROOT))
                .orElseThrow(() -> new VapException(
                        ErrorCode.SOURCE_SCHEME_NOT_ALLOWED,
                        "\"" + Redact.malformed(text) + "\" is no source VAP can open: use rtsp://, rtsps://, onvif://,"
                                + " http://, https://, rtmp://, rtmps://, srt://, udp://, rtp://, v4l2:/dev/video0 or"
                                + " file: followed by a path under the media root."));
        String rest = text.substring(colon + 1);
        return switch (scheme) {
            case FILE -> new SourceUrl(text, scheme, null, -1, filePath(rest, text));
            case V4L2 -> new SourceUrl(text, scheme, null, -1, device(rest, text));
            default -> network(scheme, text);
        };
    }

    private static SourceUrl network(Scheme scheme, String text) {
        Matcher m = NETWORK.matcher(text);
        if (!m.matches()) {
            throw malformed(
                    text,
                    "write " + scheme.wire() + "://host:port/path, an IPv6 address in brackets"
                            + (text.indexOf('@') < 0 ? "" : ", and / ? and blanks in a password as %2F %3F %20"));
        }
        String host = m.group("host");
        if (host.startsWith("[")) {
            host = host.substring(1, host.length() - 1);
        }
        String portText = m.group("port");
        int port = -1;
        if (portText != null && !portText.isEmpty()) {
            port = portText.matches("\\d{1,5}") ? Integer.parseInt(portText) : 0;
            if (port < 1 || port > 65_535) {
                throw malformed(
                        text,
                        "its port must be a number from 1 to 65535"
                                + (text.indexOf('@') < 0
                                        ? ""
                                        : ", and / ? and blanks in a password written as %2F %3F %20"));
            }
        }
        if (port < 0 && NEED_PORT.contains(scheme)) {
            throw malformed(text, "name its port, as in " + scheme.wire() + "://host:5000");
        }
        return new SourceUrl(text, scheme, host, port, null);
    }

    private static String device(String rest, String text) {
        Matcher m = DEVICE.matcher(rest);
        if (!m.matches()) {
            throw malformed(text, "name a video device as v4l2:/dev/video0");
        }
        return m.group(1);
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

    private static VapException malformed(String text, String advice) {
        return new VapException(
                ErrorCode.INVALID_VALUE,
                "\"" + Redact.malformed(text) + "\" is not a source VAP can read: " + advice + ".");
    }

    public boolean isFile() {
        return scheme == Scheme.FILE;
    }

    /** User name and password, percent-decoded, the password empty if there is none; null without either. */
    public Credentials credentials() {
        Matcher m = host == null ? null : NETWORK.matcher(raw);
        if (m == null
                || !m.matches()
                || m.group("user") == null
                || m.group("user").isEmpty()) {
            return null;
        }
        String user = m.group("user");
        int colon = user.indexOf(':');
        return colon < 0
                ? new Credentials(decoded(user), "")
                : new Credentials(decoded(user.substring(0, colon)), decoded(user.substring(colon + 1)));
    }

    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            // A lone percent sign in a password: taken as written.
            return text;
        }
    }

    /** The URL without user name and password. */
    public String withoutCredentials() {
        Matcher m = host == null ? null : NETWORK.matcher(raw);
        return m == null || !m.matches() || m.group("user") == null
                ? raw
                : raw.substring(0, m.start("user")) + raw.substring(m.end("user") + 1);
    }

    public String shown() {
        return Redact.url(raw);
    }

    @Override
    public String toString() {
        return shown();
    }

    /** Never logged, never answered. */
    public record Credentials(String user, String password) {

        @Override
        public String toString() {
            return "Credentials[" + user + ", ***]";
        }
    }
}

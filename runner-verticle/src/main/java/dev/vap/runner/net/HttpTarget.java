package dev.vap.runner.net;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.net.IDN;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Where a request goes: {@code http} or {@code https}, free of credentials, legal by RFC 3986 whatever was typed. */
record HttpTarget(URI uri) {

    /**
     * @throws MediaException {@code NOT_ALLOWED} if it can't be asked over HTTP
     */
    static HttpTarget of(SourceUrl source) {
        if (!isHttp(source)) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED, source.shown() + " is not an http:// or https:// URL: check the URL.");
        }
        String bare = source.withoutCredentials();
        int authority = bare.indexOf("://") + 3;
        int rest = authority;
        while (rest < bare.length() && "/?#".indexOf(bare.charAt(rest)) < 0) {
            rest++;
        }
        int fragment = bare.indexOf('#', rest);
        String path = bare.substring(rest, fragment < 0 ? bare.length() : fragment);
        String host = source.host().indexOf(':') >= 0 ? "[" + source.host() + "]" : ascii(source);
        String port = source.port() < 0 ? "" : ":" + source.port();
        try {
            URI uri = new URI(source.scheme().wire() + "://" + host + port + (path.startsWith("/") ? "" : "/")
                    + Percent.repair(path));
            if (uri.getHost() != null) {
                return new HttpTarget(uri);
            }
        } catch (URISyntaxException e) {
            // Told below.
        }
        throw new MediaException(
                SourceFault.NOT_ALLOWED,
                "The host name " + source.host() + " can't be used over HTTP: only letters, digits, dots and hyphens"
                        + " may be in it, so use another name or the address.");
    }

    private static boolean isHttp(SourceUrl source) {
        return source.scheme() == SourceUrl.Scheme.HTTP || source.scheme() == SourceUrl.Scheme.HTTPS;
    }

    private static String ascii(SourceUrl source) {
        try {
            return IDN.toASCII(source.host(), IDN.ALLOW_UNASSIGNED);
        } catch (IllegalArgumentException e) {
            return source.host();
        }
    }

    /**
     * Where an answer of this target sends on to. Credentials in it are dropped: they are not the user's.
     *
     * @param location as the header has it, relative or absolute
     * @throws MediaException {@code NOT_ALLOWED} if it leads out of HTTP
     */
    HttpTarget redirectedTo(String location) {
        // The HTTP client reads headers as ISO 8859-1; servers that send more than ASCII mean UTF-8.
        String text = new String(location.strip().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        try {
            SourceUrl next = SourceUrl.parse(isAbsolute(text) ? text : resolved(text));
            if (isHttp(next)) {
                return of(next);
            }
        } catch (VapException | IllegalArgumentException e) {
            // Told below, without repeating what a server made up.
        }
        throw new MediaException(
                SourceFault.NOT_ALLOWED,
                shown() + " redirects to something else than an http:// or https:// URL, which VAP does not follow:"
                        + " use the URL of the video itself.");
    }

    private static boolean isAbsolute(String text) {
        return text.matches("(?s)[a-zA-Z][a-zA-Z0-9+.-]*:.*");
    }

    private String resolved(String relative) {
        if (relative.startsWith("?")) {
            // URI.resolve() would drop the last part of the path.
            String bare = uri.toString();
            int query = bare.indexOf('?');
            return (query < 0 ? bare : bare.substring(0, query)) + relative;
        }
        if (relative.startsWith("//")) {
            return uri.getScheme() + ":" + relative;
        }
        return uri.resolve(Percent.repair(relative)).toString();
    }

    /** IPv6 without brackets. */
    String host() {
        String host = uri.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    boolean isSecure() {
        return uri.getScheme().equals("https");
    }

    boolean hasHost(String other) {
        return host().toLowerCase(Locale.ROOT).equals(other.toLowerCase(Locale.ROOT));
    }

    /** Path and query, as in the first line of a request. */
    String requestTarget() {
        return uri.getRawQuery() == null ? uri.getRawPath() : uri.getRawPath() + "?" + uri.getRawQuery();
    }

    /** Host, and port if it is named, for messages. */
    String shown() {
        return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    }
}

package dev.vap.runner.net;

import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.net.IDN;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * Where a request goes: free of credentials, legal by RFC 3986 whatever was typed.
 *
 * @param isSecure whether over TLS
 * @param host in small letters, IPv6 without brackets
 * @param namedPort -1 if none is named
 * @param requestTarget path and query, as in the first line of a request
 */
record HttpTarget(boolean isSecure, String host, int namedPort, String requestTarget) {

    /**
     * @throws MediaException {@code NOT_ALLOWED} if it can't be asked over HTTP
     */
    static HttpTarget of(SourceUrl source) {
        if (!isHttp(source)) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED, source.shown() + " is not an http:// or https:// URL: check the URL.");
        }
        String bare = source.withoutCredentials();
        int rest = bare.indexOf("://") + 3;
        while (rest < bare.length() && "/?#".indexOf(bare.charAt(rest)) < 0) {
            rest++;
        }
        int fragment = bare.indexOf('#', rest);
        String path = bare.substring(rest, fragment < 0 ? bare.length() : fragment);
        return new HttpTarget(
                source.scheme() == SourceUrl.Scheme.HTTPS,
                ascii(source.host()),
                source.port(),
                (path.startsWith("/") ? "" : "/") + Percent.repair(path));
    }

    private static boolean isHttp(SourceUrl source) {
        return source.scheme() == SourceUrl.Scheme.HTTP || source.scheme() == SourceUrl.Scheme.HTTPS;
    }

    /** As it is compared and connected to. */
    static String ascii(String host) {
        try {
            String ascii = IDN.toASCII(host, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
            // Names of containers have underscores.
            if (ascii.matches("[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*(?:%[a-z0-9._-]+)?")) {
                return ascii;
            }
        } catch (IllegalArgumentException e) {
            // Told below.
        }
        throw new MediaException(
                SourceFault.NOT_ALLOWED,
                "The host name in the URL can't be used over HTTP: only letters, digits, dots, hyphens and underscores"
                        + " may be in it, so use another name or the address.");
    }

    /**
     * Where an answer of this target sends on to. Credentials in it are dropped: they are not the user's.
     *
     * @param location as the header has it, relative or absolute
     * @throws MediaException {@code NOT_ALLOWED} if it leads out of HTTP
     */
    HttpTarget redirectedTo(String location) {
        // Headers are read as ISO 8859-1; servers that send more than ASCII mean UTF-8.
        String text = new String(location.strip().getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        try {
            SourceUrl next = SourceUrl.parse(absolute(text));
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

    private String absolute(String location) {
        String scheme = isSecure ? "https" : "http";
        if (location.matches("(?s)[a-zA-Z][a-zA-Z0-9+.-]*:.*")) {
            return location;
        }
        if (location.startsWith("//")) {
            return scheme + ":" + location;
        }
        String here = scheme + "://" + authority();
        if (location.startsWith("?")) {
            // URI.resolve() would drop the last part of the path.
            return here + requestTarget.split("\\?", 2)[0] + location;
        }
        int fragment = location.indexOf('#');
        String relative = Percent.repair(fragment < 0 ? location : location.substring(0, fragment));
        return here + URI.create(requestTarget).resolve(relative);
    }

    int port() {
        return namedPort >= 0 ? namedPort : isSecure ? 443 : 80;
    }

    /** As the header {@code Host} has it. */
    String authority() {
        int zone = host.indexOf('%');
        String bare = zone < 0 ? host : host.substring(0, zone);
        return (bare.indexOf(':') < 0 ? bare : "[" + bare + "]") + (namedPort < 0 ? "" : ":" + namedPort);
    }

    boolean hasHost(String other) {
        return host.equalsIgnoreCase(other);
    }

    /** Host, and port if it is named, for messages. */
    String shown() {
        return authority();
    }

    String url() {
        return (isSecure ? "https://" : "http://") + authority() + requestTarget;
    }
}

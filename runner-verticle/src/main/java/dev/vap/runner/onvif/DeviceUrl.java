package dev.vap.runner.onvif;

import dev.vap.runner.net.Percent;
import dev.vap.shared.domain.SourceUrl;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;

/**
 * {@code onvif://user:password@host[:port][/path][?profile=X]} taken apart.
 *
 * @param source as the user gave it
 * @param port never -1
 * @param path of the device service
 * @param profile that the user wants; null for any
 */
record DeviceUrl(SourceUrl source, int port, String path, String profile) {
    static final String DEFAULT_PATH = "/onvif/device_service";
    static final int DEFAULT_PORT = 80;
    static final int SECURE_PORT = 443;

    static DeviceUrl of(SourceUrl source) {
        String rest = afterAuthority(source);
        int fragment = rest.indexOf('#');
        String bare = fragment < 0 ? rest : rest.substring(0, fragment);
        int query = bare.indexOf('?');
        String path = query < 0 ? bare : bare.substring(0, query);
        return new DeviceUrl(
                source,
                source.port() < 0 ? DEFAULT_PORT : source.port(),
                path.isEmpty() || path.equals("/") ? DEFAULT_PATH : path,
                query < 0 ? null : profile(bare.substring(query + 1)));
    }

    /** Path and query of any network source, as given. */
    static String afterAuthority(SourceUrl source) {
        String bare = source.withoutCredentials();
        int at = bare.indexOf("://") + 3;
        while (at < bare.length() && "/?#".indexOf(bare.charAt(at)) < 0) {
            at++;
        }
        return bare.substring(at);
    }

    private static String profile(String query) {
        for (String parameter : query.split("&", -1)) {
            if (parameter.startsWith("profile=")) {
                String value = parameter.substring("profile=".length());
                try {
                    return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
                } catch (IllegalArgumentException e) {
                    // A lone percent sign: taken as written.
                    return value;
                }
            }
        }
        return null;
    }

    /**
     * A service of the device: at the host and port that the user gave, whatever host the device names, since behind NAT it
     * names one that can't be reached.
     */
    SourceUrl service(String servicePath) {
        String scheme = port == SECURE_PORT ? "https" : "http";
        return SourceUrl.parse(scheme + "://" + host() + ":" + port + Percent.repair(servicePath));
    }

    /** IPv6 in brackets. */
    String host() {
        return source.host().indexOf(':') >= 0 ? "[" + source.host() + "]" : source.host();
    }

    /** For messages. */
    String shown() {
        return "The device " + host() + (source.port() < 0 ? "" : ":" + port);
    }
}

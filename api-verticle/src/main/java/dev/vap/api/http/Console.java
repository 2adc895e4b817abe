package dev.vap.api.http;

import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** The pages of the console: a handful of small files, held in memory. */
final class Console {

    private static final Map<String, String> FILES = Map.of(
            "/", "index.html",
            "/console.css", "console.css",
            "/console.js", "console.js",
            "/overlay.js", "overlay.js",
            "/favicon.svg", "favicon.svg");

    /** Everything from this origin, nothing inline, no framing. */
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self';"
            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private Console() {}

    static void mount(RouteTable routes) {
        FILES.forEach((path, file) -> {
            Page page = load(file);
            routes.page(path, page::answer);
        });
    }

    private record Page(Buffer bytes, String contentType, Map<String, String> headers) {

        Reply answer(RoutingContext context) {
            boolean known = headers.get("ETag").equals(context.request().getHeader("If-None-Match"));
            return known ? new Reply(304, null, null, headers) : new Reply(200, contentType, bytes, headers);
        }
    }

    private static Page load(String file) {
        try (InputStream in = Console.class.getResourceAsStream("/webroot/" + file)) {
            byte[] bytes = in.readAllBytes();
            Map<String, String> headers = new LinkedHashMap<>();
            headers.put("ETag", '"' + digest(bytes) + '"');
            headers.put("Cache-Control", "no-cache");
            headers.put("Content-Security-Policy", POLICY);
            headers.put("Referrer-Policy", "no-referrer");
            return new Page(Buffer.buffer(bytes), contentType(file), headers);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String contentType(String file) {
        return switch (file.substring(file.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".css" -> "text/css; charset=utf-8";
            case ".js" -> "text/javascript; charset=utf-8";
            case ".svg" -> "image/svg+xml";
            default -> "application/octet-stream";
        };
    }

    private static String digest(byte[] bytes) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}

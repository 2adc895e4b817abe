package dev.vap.api.http;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/**
 * A file of the class path as browsers get it: read and compressed when it is first asked for, held in memory from then on.
 * Confined to the context of its routes.
 */
final class StaticFile {

    private final String resource;
    private final String policy;
    private Future<Loaded> loaded;

    /**
     * @param resource its path on the class path
     * @param policy the Content-Security-Policy for it
     */
    StaticFile(String resource, String policy) {
        this.resource = resource;
        this.policy = policy;
    }

    Future<Reply> answer(RoutingContext context) {
        if (loaded == null || loaded.failed()) {
            // Compressing the largest takes a tenth of a second: not on an event loop.
            loaded = context.vertx().executeBlocking(() -> Loaded.of(read(resource)), false);
        }
        return loaded.map(file -> reply(context.request(), file));
    }

    private Reply reply(HttpServerRequest request, Loaded file) {
        boolean gzip = file.compressed() != null && accepts(request.getHeader("Accept-Encoding"));
        String tag = '"' + file.digest() + (gzip ? "-gz" : "") + '"';
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("ETag", tag);
        headers.put("Cache-Control", "no-cache");
        headers.put("Vary", "Accept-Encoding");
        headers.put("Content-Security-Policy", policy);
        headers.put("Referrer-Policy", "no-referrer");
        String known = request.getHeader("If-None-Match");
        if (known != null && known.contains(tag)) {
            return new Reply(304, null, null, headers);
        }
        if (gzip) {
            headers.put("Content-Encoding", "gzip");
        }
        return new Reply(200, contentType(resource), gzip ? file.compressed() : file.bytes(), headers);
    }

    /**
     * @param compressed null where that would gain little
     */
    private record Loaded(Buffer bytes, Buffer compressed, String digest) {

        static Loaded of(byte[] bytes) throws IOException {
            byte[] packed = gzip(bytes);
            Buffer compressed = packed.length < bytes.length * 9 / 10 ? Buffer.buffer(packed) : null;
            return new Loaded(Buffer.buffer(bytes), compressed, HexFormat.of().formatHex(sha256(bytes), 0, 8));
        }
    }

    /** The bytes of a resource. */
    static byte[] read(String resource) {
        try (InputStream in = StaticFile.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new FileNotFoundException(resource + " is not on the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static String contentType(String file) {
        return switch (file.substring(file.lastIndexOf('.'))) {
            case ".html" -> "text/html; charset=utf-8";
            case ".css" -> "text/css; charset=utf-8";
            case ".js" -> "text/javascript; charset=utf-8";
            case ".svg" -> "image/svg+xml";
            default -> "application/octet-stream";
        };
    }

    /** Whether gzip is named, and not with {@code q=0}. */
    static boolean accepts(String encodings) {
        if (encodings == null) {
            return false;
        }
        for (String encoding : encodings.toLowerCase(Locale.ROOT).split(",", -1)) {
            String[] parts = encoding.trim().split("\\s*;\\s*", -1);
            if (parts[0].equals("gzip")) {
                return parts.length == 1 || !parts[1].matches("q=0(\\.0*)?");
            }
        }
        return false;
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream(bytes.length / 2);
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}

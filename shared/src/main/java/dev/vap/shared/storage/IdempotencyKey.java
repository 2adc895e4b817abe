package dev.vap.shared.storage;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A name that a client gave to a create, so that it can repeat it.
 *
 * @param hash tells one request from another; holds nothing that can be read back
 */
public record IdempotencyKey(String key, String hash) {

    /** For the request as it came: the same bytes are the same request. */
    public static IdempotencyKey of(String key, byte[] request) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(request);
            return new IdempotencyKey(key, HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    public static IdempotencyKey of(String key, String request) {
        return of(key, request.getBytes(StandardCharsets.UTF_8));
    }
}

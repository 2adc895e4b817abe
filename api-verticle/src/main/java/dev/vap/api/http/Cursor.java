package dev.vap.api.http;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;

/**
 * Where a list goes on, in a form that means nothing to clients: numbers, and a checksum over them and what the list was asked
 * for, so that one that was made up, or is of another list, is told from a good one.
 */
final class Cursor {

    private Cursor() {}

    /**
     * @param scope the list, with all its filters
     */
    static String of(String scope, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + values.length * Long.BYTES);
        bytes.putInt(0);
        for (long value : values) {
            bytes.putLong(value);
        }
        bytes.putInt(0, checksum(scope, bytes.array()));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
    }

    /**
     * @return as many numbers as are wanted; fails with INVALID_CURSOR if this is no cursor of this list
     */
    static long[] read(String scope, int wanted, String text) {
        byte[] bytes = decode(text);
        if (bytes.length != Integer.BYTES + wanted * Long.BYTES) {
            throw invalid();
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        int checksum = buffer.getInt();
        if (checksum != checksum(scope, bytes)) {
            throw invalid();
        }
        long[] values = new long[wanted];
        for (int i = 0; i < wanted; i++) {
            values[i] = buffer.getLong();
        }
        return values;
    }

    private static byte[] decode(String text) {
        try {
            return Base64.getUrlDecoder().decode(text);
        } catch (IllegalArgumentException e) {
            throw invalid();
        }
    }

    private static int checksum(String scope, byte[] bytes) {
        CRC32 crc = new CRC32();
        crc.update(scope.getBytes(StandardCharsets.UTF_8));
        crc.update(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
        return (int) crc.getValue();
    }

    private static VapException invalid() {
        return new VapException(
                ErrorCode.INVALID_CURSOR,
                "\"cursor\" must be what a page of this list said, asked for with the same parameters: begin again"
                        + " without it.");
    }
}

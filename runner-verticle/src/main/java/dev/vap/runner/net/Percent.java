package dev.vap.runner.net;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Percent-encoding of URLs (RFC 3986). */
public final class Percent {
    private static final String UNRESERVED = "-._~";
    private static final String LEGAL = UNRESERVED + "!$&'()*+,;=:@/?";

    private Percent() {}

    /** Everything but letters, digits and {@code -._~}: fit for a user name, a password or a value. */
    public static String encode(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            append(out, b, UNRESERVED);
        }
        return out.toString();
    }

    /** A path with or without a query, made legal: what is encoded already stays. */
    public static String repair(String pathAndQuery) {
        StringBuilder out = new StringBuilder(pathAndQuery.length());
        byte[] bytes = pathAndQuery.getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '%' && i + 2 < bytes.length && isHex(bytes[i + 1]) && isHex(bytes[i + 2])) {
                out.append('%');
            } else {
                append(out, bytes[i], LEGAL);
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, byte b, String legal) {
        boolean letter = (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9');
        if (letter || (b > 0 && legal.indexOf(b) >= 0)) {
            out.append((char) b);
        } else {
            out.append(String.format(Locale.ROOT, "%%%02X", b));
        }
    }

    private static boolean isHex(byte b) {
        return Character.digit(b, 16) >= 0;
    }
}

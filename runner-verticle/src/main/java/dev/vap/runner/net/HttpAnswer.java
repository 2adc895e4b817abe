package dev.vap.runner.net;

import java.net.http.HttpHeaders;
import java.util.Locale;

/**
 * The head of an answer and its body, which whoever got it closes.
 *
 * @param target who answered, after all redirects
 */
record HttpAnswer(HttpTarget target, int status, HttpHeaders headers, HttpBody body) implements AutoCloseable {

    /** Drops what was not read of the body. */
    @Override
    public void close() {
        body.close();
    }

    boolean isRedirect() {
        return switch (status) {
            case 301, 302, 303, 307, 308 -> headers.firstValue("Location").isPresent();
            default -> false;
        };
    }

    /** In small letters without parameters; empty if it has none. */
    String contentType() {
        String type = headers.firstValue("Content-Type").orElse("");
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }

    /** Of this answer; -1 if it does not say. */
    long contentLength() {
        return headers.firstValue("Transfer-Encoding").isPresent() ? -1 : number("Content-Length", -1);
    }

    long number(String header, long fallback) {
        String text = headers.firstValue(header).orElse("").strip();
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : fallback;
    }
}

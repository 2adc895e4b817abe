package dev.vap.runner.net;

import java.util.Locale;

/**
 * The head of an answer and its body, which whoever got it closes.
 *
 * @param target who answered, after all redirects
 * @param length of the body; -1 if it is not said
 */
record HttpAnswer(HttpTarget target, HttpHead head, long length, HttpBody body) implements AutoCloseable {

    int status() {
        return head.status();
    }

    /** Drops what was not read of the body. */
    @Override
    public void close() {
        body.close();
    }

    boolean isRedirect() {
        return switch (status()) {
            case 301, 302, 303, 307, 308 -> head.first("Location").isPresent();
            default -> false;
        };
    }

    /** In small letters without parameters; empty if it has none. */
    String contentType() {
        String type = head.first("Content-Type").orElse("");
        int semicolon = type.indexOf(';');
        return (semicolon < 0 ? type : type.substring(0, semicolon)).strip().toLowerCase(Locale.ROOT);
    }
}

package dev.vap.runner.net;

import java.util.Locale;

/**
 * The head of an answer and its body, which whoever got it closes.
 *
 * @param target who answered, after all redirects
 * @param login with which it was asked
 */
record HttpAnswer(HttpTarget target, Login login, HttpHead head, HttpBody body) implements AutoCloseable {

    /** What became of the user's credentials. */
    enum Login {
        /** There are none. */
        NONE,
        /** Not sent: not asked for, asked for in a way that is not known, or by another host. */
        KEPT,
        SENT
    }

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

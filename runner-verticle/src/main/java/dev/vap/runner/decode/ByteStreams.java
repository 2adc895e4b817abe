package dev.vap.runner.decode;

/** Opens what {@code http://} and {@code https://} URLs name. Thread-safe. */
@FunctionalInterface
public interface ByteStreams {

    /**
     * Connects, follows redirects, logs in with the credentials in the URL, and returns when the answer's head is there.
     *
     * @param url with credentials if there are any
     * @param tlsVerify whether the server's certificate has to be trusted
     * @param deadlineNanos of {@link System#nanoTime()}
     * @throws MediaException saying what went wrong, without credentials
     */
    ByteStream open(String url, boolean tlsVerify, long deadlineNanos, Cancellation cancellation);
}

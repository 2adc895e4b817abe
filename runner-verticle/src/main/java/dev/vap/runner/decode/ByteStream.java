package dev.vap.runner.decode;

/**
 * Bytes of a remote file or stream. Confined to one thread at a time; reading blocks, within the deadline it is given, and
 * ends early when the {@link Cancellation} it was opened with is cancelled. Whoever opened it closes it.
 */
public interface ByteStream extends AutoCloseable {

    /**
     * Reads at least one byte, unless {@code length} is 0.
     *
     * @param deadlineNanos of {@link System#nanoTime()}
     * @return how many; -1 at the end
     * @throws MediaException with {@code TIMEOUT}, {@code INTERRUPTED}, or {@code IO} if the connection broke
     */
    int read(byte[] target, int offset, int length, long deadlineNanos);

    /** Whether {@link #seek} may be called. */
    boolean seekable();

    /** Bytes of the whole; -1 if unknown. */
    long size();

    /** The next byte read is the one at this position, from 0 on. May ask the server again, with the next read. */
    void seek(long position);

    /** Media type in small letters without parameters, such as {@code video/mp4}; empty if the server names none. */
    String contentType();

    /** Where the bytes come from after all redirects, without credentials. */
    String address();

    /** Frees the connection; harmless when repeated. */
    @Override
    void close();
}

package dev.vap.runner.net;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.util.concurrent.TimeoutException;

/** The body of an answer: what of the connection's bytes belongs to it. Owns the connection. */
final class HttpBody implements AutoCloseable {
    private static final long TO_THE_END = Long.MAX_VALUE;
    private static final int MAX_SIZE_LINE = 4096;

    private final Connection connection;
    private final boolean chunked;
    /** Of the body, or of the chunk. */
    private long left;

    private final long length;
    private boolean ended;
    private boolean firstChunk = true;
    /** The line with a chunk's size, as far as it has come. */
    private final StringBuilder sizeLine = new StringBuilder();

    /**
     * @throws ProtocolException if the head says a length that is none
     */
    HttpBody(Connection connection, HttpHead head) throws ProtocolException {
        this.connection = connection;
        this.chunked = head.isChunked();
        this.length = head.contentLength();
        this.left = chunked ? 0 : length < 0 ? TO_THE_END : length;
        this.ended = head.status() == 204 || head.status() == 304 || length == 0;
    }

    /** As it was said; -1 if it was not. */
    long length() {
        return length;
    }

    /**
     * Reads at least one byte, unless {@code length} is 0.
     *
     * @return how many; -1 at the end
     * @throws TimeoutException at the deadline; reading may go on
     * @throws IOException if the connection broke, or the body is malformed or shorter than was said
     * @throws dev.vap.runner.decode.MediaException {@code INTERRUPTED}
     */
    int read(byte[] target, int offset, int length, long deadlineNanos) throws IOException, TimeoutException {
        if (length == 0) {
            return 0;
        }
        if (!ended && chunked && left == 0) {
            beginChunk(deadlineNanos);
        }
        if (ended) {
            return -1;
        }
        int count = connection.read(target, offset, (int) Math.min(length, left), deadlineNanos);
        if (count < 0) {
            if (left != TO_THE_END) {
                throw new EOFException();
            }
            ended = true;
            return -1;
        }
        if (left != TO_THE_END) {
            left -= count;
            ended = left == 0 && !chunked;
        }
        return count;
    }

    /** May be repeated after a {@link TimeoutException} in its middle. */
    private void beginChunk(long deadlineNanos) throws IOException, TimeoutException {
        while (true) {
            int b = connection.read(deadlineNanos);
            if (b < 0) {
                throw new EOFException();
            }
            if (b != '\n') {
                if (sizeLine.length() >= MAX_SIZE_LINE) {
                    throw new ProtocolException("a chunk without end");
                }
                sizeLine.append((char) b);
                continue;
            }
            String line = sizeLine.toString().strip();
            sizeLine.setLength(0);
            // An empty line ends each chunk, but does not come before the first.
            if (!line.isEmpty() || firstChunk) {
                firstChunk = false;
                left = size(line);
                // Whatever follows the last chunk goes with the connection.
                ended = left == 0;
                return;
            }
        }
    }

    private static long size(String line) throws ProtocolException {
        int semicolon = line.indexOf(';');
        String size = (semicolon < 0 ? line : line.substring(0, semicolon)).strip();
        if (!size.matches("[0-9a-fA-F]{1,15}")) {
            throw new ProtocolException("a chunk without size");
        }
        return Long.parseLong(size, 16);
    }

    @Override
    public void close() {
        connection.close();
    }
}

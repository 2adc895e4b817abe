package dev.vap.runner.net;

import dev.vap.runner.decode.ByteStream;
import dev.vap.runner.decode.ByteStreams;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import java.nio.file.Path;

/**
 * Sources over HTTP/1.1. One object serves a whole process, with one thread besides those that call. Thread-safe; all methods
 * block.
 *
 * <p>Not over Java's own client, which leaves the connection of a server open that floods it with headers or interim answers,
 * for ever, looks names up again after they were checked, and does not take host names with underscores.
 */
public final class HttpStreams implements ByteStreams, AutoCloseable {

    private final Connector connector;

    /**
     * @param guard asked for every host, of redirects too; stays the caller's
     * @param caFile PEM file of authorities for verified connections; null for those of Java
     * @throws IllegalArgumentException if the file can't be used, saying why
     */
    public HttpStreams(AddressGuard guard, Path caFile) {
        this.connector = new Connector(guard, caFile);
    }

    @Override
    public ByteStream open(String url, boolean tlsVerify, long deadlineNanos, Cancellation cancellation) {
        SourceUrl source = parsed(url);
        HttpTarget target = HttpTarget.of(source);
        return HttpStream.open(session(source, tlsVerify, cancellation), target, deadlineNanos);
    }

    /**
     * The whole of something small, such as a snapshot.
     *
     * @param maxBytes more is an {@code IO} fault
     * @throws MediaException as {@link #open} and reading do
     */
    public byte[] fetch(String url, int maxBytes, boolean tlsVerify, long deadlineNanos, Cancellation cancellation) {
        SourceUrl source = parsed(url);
        HttpTarget target = HttpTarget.of(source);
        HttpSession session = session(source, tlsVerify, cancellation);
        HttpStream stream = HttpStream.open(session, target, deadlineNanos);
        return session.readAll(stream.answer(), maxBytes, deadlineNanos);
    }

    /** Several requests with the same credentials, which are sent to the host of {@code source} only. */
    public HttpSession session(SourceUrl source, boolean tlsVerify, Cancellation cancellation) {
        return new HttpSession(
                connector, tlsVerify, HttpTarget.ascii(source.host()), source.credentials(), cancellation);
    }

    private static SourceUrl parsed(String url) {
        try {
            return SourceUrl.parse(url);
        } catch (VapException e) {
            throw new MediaException(SourceFault.NOT_ALLOWED, e.getMessage(), e);
        }
    }

    /** To be called when no stream is open any more. */
    @Override
    public void close() {
        connector.close();
    }
}

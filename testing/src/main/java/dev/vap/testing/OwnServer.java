package dev.vap.testing;

/**
 * A server for one test of outages, stopped and started at will; the data stay, and so does the port. Closing it, or the
 * end of the JVM, deletes the data. Not for use by several threads at once.
 */
public interface OwnServer extends AutoCloseable {
    /** Returns once the server is usable; harmless while it runs. */
    void start();

    /** Cuts all connections and returns once the port is closed; harmless while it is stopped. */
    void stop();

    @Override
    void close();
}

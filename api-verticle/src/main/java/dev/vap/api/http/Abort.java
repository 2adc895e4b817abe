package dev.vap.api.http;

import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;

/** Ends connections whose clients can't be waited for. */
final class Abort {

    private Abort() {}

    /**
     * Closes the connection as it is. Its own {@code close()} lets first go out what is written, for which a client that takes
     * nothing makes it wait for ever. On the connection's event loop.
     */
    static void connection(HttpConnection connection) {
        if (connection instanceof ConnectionBase base) {
            // From the end of the network, past the handler of Vert.x.
            var unused = base.channel().pipeline().firstContext().close();
        } else {
            var unused = connection.close();
        }
    }
}

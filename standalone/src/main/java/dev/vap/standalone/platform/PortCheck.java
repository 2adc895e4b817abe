package dev.vap.standalone.platform;

import dev.vap.standalone.CommandException;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;

/** Looks at the API's port before anything else starts. Somebody may still take it meanwhile; the API tells that. */
final class PortCheck {

    private PortCheck() {}

    /**
     * @param port 0 is always free
     */
    static void requireFree(String host, int port) {
        if (port == 0) {
            return;
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new CommandException(
                    "HTTP_HOST " + host + " is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all.");
        }
        try (ServerSocketChannel channel = ServerSocketChannel.open()) {
            channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            channel.bind(address);
        } catch (BindException e) {
            boolean inUse = String.valueOf(e.getMessage()).contains("in use");
            throw new CommandException(
                    inUse
                            ? "Port " + port + " of " + host
                                    + " is taken by another program: stop that one, or choose another with --port (0"
                                    + " takes a free one)."
                            : "The API can't listen on " + host + ":" + port + " (" + e.getMessage()
                                    + "): give an address of this machine as HTTP_HOST, and a --port this user may use.",
                    e);
        } catch (IOException e) {
            throw new CommandException(
                    "The API can't listen on " + host + ":" + port + " (" + e.getMessage()
                            + "): choose another --port.",
                    e);
        }
    }
}

package dev.vap.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A TCP proxy on loopback that breaks one connection off, the first that has carried so many bytes to the server; all others,
 * and all later ones, go through. {@link #close()} frees its sockets and ends its threads.
 */
final class CuttingProxy implements AutoCloseable {

    private final ServerSocket listening;
    private final int target;
    private final long cutAfter;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private boolean done;

    CuttingProxy(int target, long cutAfter) throws IOException {
        this.target = target;
        this.cutAfter = cutAfter;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    String address() {
        return "http://127.0.0.1:" + listening.getLocalPort();
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = listening.accept();
            Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
            open.add(client);
            open.add(server);
            thread(() -> carry(client, server, true));
            thread(() -> carry(server, client, false));
        }
    }

    private void carry(Socket from, Socket to, boolean upwards) throws IOException {
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[16 * 1024];
            long carried = 0;
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                out.write(buffer, 0, n);
                carried += n;
                if (upwards && carried >= cutAfter && mine()) {
                    return;
                }
            }
        } finally {
            open.remove(from);
            open.remove(to);
        }
    }

    private synchronized boolean mine() {
        boolean first = !done;
        done = true;
        return first;
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
    }

    private interface Work {
        void run() throws IOException;
    }

    private static void thread(Work work) {
        Thread thread = new Thread(
                () -> {
                    try {
                        work.run();
                    } catch (IOException e) {
                        // Broken off, or closed: both ends see it for themselves.
                    }
                },
                "cutting-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}

package dev.vap.testing.video;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.concurrent.atomic.AtomicInteger;

/** RTP and RTCP over two neighbouring UDP ports. Used by the camera's thread; may be closed by any. */
final class UdpLink implements RtpSender.Link {
    private static final int TRIES = 100;

    private final DatagramChannel rtp;
    private final DatagramChannel rtcp;
    private final InetSocketAddress rtpTarget;
    private final InetSocketAddress rtcpTarget;
    private final AtomicInteger reports;

    private UdpLink(
            DatagramChannel rtp,
            DatagramChannel rtcp,
            InetAddress client,
            int rtpPort,
            int rtcpPort,
            AtomicInteger reports) {
        this.rtp = rtp;
        this.rtcp = rtcp;
        this.rtpTarget = new InetSocketAddress(client, rtpPort);
        this.rtcpTarget = new InetSocketAddress(client, rtcpPort);
        this.reports = reports;
    }

    /** @param reports counts the packets of RTCP that come back */
    static UdpLink open(InetAddress local, InetAddress client, int rtpPort, int rtcpPort, AtomicInteger reports)
            throws IOException {
        for (int i = 0; i < TRIES; i++) {
            DatagramChannel first = bind(local, 0);
            int port = ((InetSocketAddress) first.getLocalAddress()).getPort();
            if (port % 2 == 0 && port < 65_535) {
                try {
                    return new UdpLink(first, bind(local, port + 1), client, rtpPort, rtcpPort, reports);
                } catch (IOException e) {
                    // Taken by someone: another pair.
                }
            }
            first.close();
        }
        throw new IOException("no two neighbouring UDP ports are free");
    }

    private static DatagramChannel bind(InetAddress address, int port) throws IOException {
        DatagramChannel channel = DatagramChannel.open();
        try {
            channel.bind(new InetSocketAddress(address, port));
            channel.configureBlocking(false);
            return channel;
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    int port() throws IOException {
        return ((InetSocketAddress) rtp.getLocalAddress()).getPort();
    }

    @Override
    public void rtp(byte[] packet) {
        send(rtp, packet, rtpTarget);
    }

    @Override
    public void rtcp(byte[] packet) {
        send(rtcp, packet, rtcpTarget);
        ByteBuffer received = ByteBuffer.allocate(2048);
        try {
            while (rtcp.receive(received.clear()) != null) {
                reports.incrementAndGet();
            }
        } catch (IOException e) {
            // Closed, or the client's port is.
        }
    }

    private static void send(DatagramChannel channel, byte[] packet, InetSocketAddress target) {
        try {
            channel.send(ByteBuffer.wrap(packet), target);
        } catch (IOException e) {
            // As lost as any other packet of UDP.
        }
    }

    @Override
    public void close() {
        for (DatagramChannel channel : new DatagramChannel[] {rtp, rtcp}) {
            try {
                channel.close();
            } catch (IOException e) {
                // Nothing is left to free.
            }
        }
    }
}

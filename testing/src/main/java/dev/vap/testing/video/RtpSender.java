package dev.vap.testing.video;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** Sends a camera's frames to one viewer, with the faults that are on. Frames come on the camera's thread. */
final class RtpSender implements Camera.Viewer {
    private static final long REPORT_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int MOST_HELD = 2000;

    /** How packets travel. Does not block; packets that can't be sent are lost. */
    interface Link extends AutoCloseable {
        void rtp(byte[] packet);

        void rtcp(byte[] packet);

        @Override
        void close();
    }

    private final Faults faults;
    private final WallClock clock;
    private final Link link;
    private final int payloadType;
    private final int source = ThreadLocalRandom.current().nextInt();
    private final int firstSequence = ThreadLocalRandom.current().nextInt(1 << 16);
    private final Deque<Camera.Frame> held = new ArrayDeque<>();
    private int packets;
    private int bytes;
    private int sent;
    private long nextReport = System.nanoTime();
    private final AtomicLong frames = new AtomicLong();

    RtpSender(Faults faults, WallClock clock, Link link, int payloadType) {
        this.faults = faults;
        this.clock = clock;
        this.link = link;
        this.payloadType = payloadType;
    }

    /** Identifies the sender: SSRC. */
    int source() {
        return source;
    }

    int firstSequence() {
        return firstSequence;
    }

    /** Frames sent so far. */
    long frames() {
        return frames.get();
    }

    @Override
    public void frame(Camera.Frame frame) {
        if (faults.on(RtspFault.SILENT) || faults.on(RtspFault.FREEZE)) {
            return;
        }
        if (faults.on(RtspFault.HOLD)) {
            if (held.size() < MOST_HELD) {
                held.add(frame);
            }
            return;
        }
        while (!held.isEmpty()) {
            send(held.remove());
        }
        send(frame);
    }

    private void send(Camera.Frame frame) {
        long now = System.nanoTime();
        Long wall = clock.at(frame.wallMillis());
        if (wall != null && now - nextReport >= 0) {
            nextReport = now + REPORT_NANOS;
            link.rtcp(Rtp.senderReport(source, wall, frame.timestamp(), sent, bytes));
        }
        int last = frame.payloads().size() - 1;
        for (int i = 0; i <= last; i++) {
            byte[] payload = faults.on(RtspFault.EMPTY_FRAMES)
                    ? new byte[0]
                    : frame.payloads().get(i);
            int sequence = firstSequence + packets++;
            if (hits(RtspFault.DROP)) {
                continue;
            }
            if (hits(RtspFault.CORRUPT)) {
                payload = corrupted(payload);
            }
            sent++;
            bytes += payload.length;
            link.rtp(Rtp.packet(payloadType, i == last, sequence, frame.timestamp(), source, payload));
        }
        frames.incrementAndGet();
    }

    private boolean hits(RtspFault fault) {
        int every = faults.number(fault);
        return every > 0 && packets % every == 0;
    }

    /** Bytes after the first few, so that it still looks like what it was. */
    private static byte[] corrupted(byte[] payload) {
        byte[] copy = payload.clone();
        for (int at = Math.min(16, copy.length / 2); at < copy.length; at += 37) {
            copy[at] ^= 0x5a;
        }
        return copy;
    }
}

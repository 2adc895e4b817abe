package dev.vap.testing.video;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Payloads and headers of RTP (RFC 3550), of H.264 in it (RFC 6184) and of JPEG in it (RFC 2435). */
final class Rtp {
    /** Bytes of payload in a packet, so that it fits into a UDP packet on any network. */
    static final int MTU = 1400;

    /** Seconds from 1900, where NTP begins, to 1970. */
    private static final long NTP_EPOCH = 2_208_988_800L;

    private static final int FU_A = 28;

    private Rtp() {}

    /** The payloads of one frame; the last of them carries the marker. */
    static List<byte[]> payloads(StreamSpec.Codec codec, TestStream.Unit unit) {
        return switch (codec) {
            case H264 -> h264(unit.parts());
            case MJPEG -> jpeg(unit.parts().get(0));
        };
    }

    private static List<byte[]> h264(List<byte[]> nals) {
        List<byte[]> payloads = new ArrayList<>();
        for (byte[] nal : nals) {
            if (nal.length <= MTU) {
                payloads.add(nal);
                continue;
            }
            for (int at = 1; at < nal.length; at += MTU - 2) {
                int length = Math.min(MTU - 2, nal.length - at);
                byte[] fragment = new byte[length + 2];
                fragment[0] = (byte) ((nal[0] & 0xe0) | FU_A);
                int start = at == 1 ? 0x80 : 0;
                int end = at + length == nal.length ? 0x40 : 0;
                fragment[1] = (byte) (start | end | (nal[0] & 0x1f));
                System.arraycopy(nal, at, fragment, 2, length);
                payloads.add(fragment);
            }
        }
        return payloads;
    }

    private static List<byte[]> jpeg(byte[] picture) {
        JpegParts parts = JpegParts.of(picture);
        List<byte[]> payloads = new ArrayList<>();
        for (int at = 0; at < parts.scan().length; ) {
            boolean first = at == 0;
            int head = 8 + (first ? 4 + parts.tables().length : 0);
            int length = Math.min(MTU - head, parts.scan().length - at);
            ByteBuffer payload = ByteBuffer.allocate(head + length);
            payload.putInt(at);
            // Type 1: 4:2:0. Quality 255: the tables are in the first packet.
            payload.put((byte) 1).put((byte) 255);
            payload.put((byte) (parts.width() / 8)).put((byte) (parts.height() / 8));
            if (first) {
                payload.putShort((short) 0)
                        .putShort((short) parts.tables().length)
                        .put(parts.tables());
            }
            payload.put(parts.scan(), at, length);
            payloads.add(payload.array());
            at += length;
        }
        return payloads;
    }

    static byte[] packet(int payloadType, boolean marker, int sequence, long timestamp, int source, byte[] payload) {
        return ByteBuffer.allocate(12 + payload.length)
                .put((byte) 0x80)
                .put((byte) (payloadType | (marker ? 0x80 : 0)))
                .putShort((short) sequence)
                .putInt((int) timestamp)
                .putInt(source)
                .put(payload)
                .array();
    }

    /** A sender report and the name that has to follow it. */
    static byte[] senderReport(int source, long wallMillis, long timestamp, int packets, int bytes) {
        byte[] name = "camera@test".getBytes(StandardCharsets.US_ASCII);
        int chunk = (4 + 2 + name.length + 1 + 3) / 4 * 4;
        ByteBuffer report = ByteBuffer.allocate(28 + 4 + chunk);
        report.put((byte) 0x80).put((byte) 200).putShort((short) 6).putInt(source);
        report.putInt((int) (Math.floorDiv(wallMillis, 1000L) + NTP_EPOCH));
        report.putInt((int) ((Math.floorMod(wallMillis, 1000L) << 32) / 1000));
        report.putInt((int) timestamp).putInt(packets).putInt(bytes);
        report.put((byte) 0x81).put((byte) 202).putShort((short) (chunk / 4)).putInt(source);
        report.put((byte) 1).put((byte) name.length).put(name);
        return report.array();
    }

    /** As it is in a TCP connection of RTSP. */
    static byte[] interleaved(int channel, byte[] packet) {
        return ByteBuffer.allocate(4 + packet.length)
                .put((byte) '$')
                .put((byte) channel)
                .putShort((short) packet.length)
                .put(packet)
                .array();
    }
}

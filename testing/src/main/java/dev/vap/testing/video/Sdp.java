package dev.vap.testing.video;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/** Session descriptions (RFC 8866) of a camera with one video track. */
final class Sdp {
    private static final List<String> HEAD = List.of(
            "v=0",
            "o=- 1 1 IN IP4 127.0.0.1",
            "s=Test camera",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-");
    private static final String CONTROL = "a=control:trackID=0";

    private Sdp() {}

    static int payloadType(TestStream stream) {
        return stream.spec().codec() == StreamSpec.Codec.MJPEG ? 26 : 96;
    }

    static String describe(TestStream stream, Faults faults) {
        List<String> lines = new ArrayList<>(HEAD);
        if (faults.on(RtspFault.NO_VIDEO)) {
            lines.addAll(List.of("m=audio 0 RTP/AVP 0", "a=rtpmap:0 PCMU/8000"));
        } else {
            int type = payloadType(stream);
            lines.add("m=video 0 RTP/AVP " + type);
            lines.add("a=framerate:" + stream.spec().framesPerSecond());
            if (faults.on(RtspFault.UNKNOWN_CODEC)) {
                lines.add("a=rtpmap:" + type + " X-NO-SUCH-CODEC/90000");
            } else if (stream.spec().codec() == StreamSpec.Codec.MJPEG) {
                lines.add("a=rtpmap:" + type + " JPEG/90000");
            } else {
                lines.add("a=rtpmap:" + type + " H264/90000");
                lines.add(parameters(stream, type));
            }
        }
        lines.add(CONTROL);
        return String.join("\r\n", lines) + "\r\n";
    }

    private static String parameters(TestStream stream, int type) {
        Base64.Encoder base64 = Base64.getEncoder();
        byte[] sps = stream.sps();
        String profile = HexFormat.of().withUpperCase().formatHex(Arrays.copyOfRange(sps, 1, 4));
        return "a=fmtp:" + type + " packetization-mode=1;profile-level-id=" + profile + ";sprop-parameter-sets="
                + base64.encodeToString(sps) + "," + base64.encodeToString(stream.pps());
    }
}

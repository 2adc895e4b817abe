package dev.vap.runner.decode;

import dev.vap.shared.domain.SourceFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.ffmpeg.avformat.AVInputFormat;
import org.bytedeco.ffmpeg.global.avdevice;
import org.bytedeco.ffmpeg.global.avformat;

/**
 * Which of FFmpeg's demuxers is to read a source, and how it is set.
 *
 * @param format null to let FFmpeg find out
 */
record DemuxerChoice(AVInputFormat format, Map<String, String> options) {

    /** How long a live stream is looked at before it is decoded: the first key frame ends it earlier. */
    private static final Duration LIVE_ANALYSIS = Duration.ofMillis(1_500);

    private static final String MEDIA_TYPES = "allowed_media_types";

    private static final int UDP_BUFFER = 2 << 20;

    /** Where systems keep the authorities that they trust; the FFmpeg that comes along knows of none. */
    private static final List<String> SYSTEM_CAS =
            List.of("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem");

    /** Devices need libraries that servers often lack, so they are loaded by the first source that is one. */
    private static final class Devices {
        static {
            avdevice.avdevice_register_all();
        }

        static void load() {}
    }

    /** For a server that offers nothing else than what was left out. */
    DemuxerChoice ofAllMedia() {
        Map<String, String> all = new HashMap<>(options);
        all.remove(MEDIA_TYPES);
        return new DemuxerChoice(format, all);
    }

    boolean isVideoOnly() {
        return options.containsKey(MEDIA_TYPES);
    }

    /** Of anything but HTTP. */
    static DemuxerChoice of(ReaderOptions source) {
        Map<String, String> options = new HashMap<>();
        String timeout = Long.toString(source.limits().open().toNanos() / 1_000);
        return switch (source.kind()) {
            case FILE, HTTP -> new DemuxerChoice(null, options);
            case RTSP, RTSPS -> {
                live(options);
                options.put("timeout", timeout);
                options.put(MEDIA_TYPES, "video");
                options.put("buffer_size", Integer.toString(UDP_BUFFER));
                String transport = source.network().rtspTransport();
                options.put("rtsp_transport", transport == null ? "tcp+udp" : transport);
                if (transport == null) {
                    options.put("rtsp_flags", "prefer_tcp");
                }
                tls(source, options);
                yield named("rtsp", options);
            }
            case RTMP, RTMPS -> {
                live(options);
                options.put("rtmp_live", "live");
                tls(source, options);
                yield named("flv", options);
            }
            case SRT -> {
                live(options);
                options.put("mode", "caller");
                options.put(
                        "connect_timeout", Long.toString(source.limits().open().toMillis()));
                yield named("mpegts", options);
            }
            case UDP -> {
                live(options);
                options.put("buffer_size", Integer.toString(UDP_BUFFER));
                options.put("overrun_nonfatal", "1");
                options.put("fifo_size", Integer.toString(UDP_BUFFER / 188));
                yield named("mpegts", options);
            }
            case RTP -> {
                live(options);
                options.put("buffer_size", Integer.toString(UDP_BUFFER));
                yield named("rtp", options);
            }
            case V4L2 -> {
                Devices.load();
                yield named("video4linux2", options);
            }
        };
    }

    private static void live(Map<String, String> options) {
        // Counting frames to estimate their rate would cost a second; the rate is measured later.
        options.put("fpsprobesize", "0");
        // FFmpeg would wait for seven decoded frames of H.264 before it trusts its decoding times, which nobody needs.
        options.put("max_ts_probe", "1");
        options.put("analyzeduration", Long.toString(LIVE_ANALYSIS.toNanos() / 1_000));
    }

    private static void tls(ReaderOptions source, Map<String, String> options) {
        if (source.kind() != SourceKind.RTSPS && source.kind() != SourceKind.RTMPS) {
            return;
        }
        boolean verify = source.network().tlsVerify();
        options.put("tls_verify", verify ? "1" : "0");
        if (verify) {
            options.put("ca_file", authorities(source));
        }
    }

    private static String authorities(ReaderOptions source) {
        Path given = source.network().caFile();
        if (given != null) {
            return given.toString();
        }
        return SYSTEM_CAS.stream()
                .filter(file -> Files.isReadable(Path.of(file)))
                .findFirst()
                .orElseThrow(() -> new MediaException(
                        SourceFault.TLS,
                        source.subject() + " can't be verified: no file of trusted authorities was found; set"
                                + " SOURCE_CA_FILE."));
    }

    /** Of what a web server sends. */
    static DemuxerChoice of(ByteStream bytes, ReaderOptions source) {
        String type = bytes.contentType();
        String address = bytes.address().toLowerCase(Locale.ROOT);
        int end = address.length();
        for (char c : new char[] {'?', '#'}) {
            int at = address.indexOf(c);
            end = at < 0 ? end : Math.min(end, at);
        }
        String path = address.substring(0, end);
        if (type.equals("text/html")) {
            throw new MediaException(
                    SourceFault.NOT_A_VIDEO,
                    source.subject() + " is a web page, not a video: give the address of the stream itself.");
        }
        if (type.endsWith("mpegurl") || path.endsWith(".m3u8")) {
            // Each part is asked for anew through our own client, which keeps connections open by itself.
            return named("hls", new HashMap<>(Map.of("http_persistent", "0", "http_multiple", "0")));
        }
        if (type.equals("multipart/x-mixed-replace")) {
            // Pictures are found by their own marks: the lengths that cameras write between them are often wrong.
            // They carry no times: those of their arrival are as good as any, and the rate is what it is.
            Map<String, String> options = new HashMap<>();
            live(options);
            options.put("analyzeduration", "1");
            options.put("use_wallclock_as_timestamps", "1");
            return named("mjpeg", options);
        }
        return new DemuxerChoice(null, Map.of());
    }

    private static DemuxerChoice named(String name, Map<String, String> options) {
        AVInputFormat format = avformat.av_find_input_format(name);
        if (format == null) {
            throw new MediaException(
                    SourceFault.NOT_ALLOWED, "This build of FFmpeg can't read sources of the kind " + name + ".");
        }
        return new DemuxerChoice(format, options);
    }
}

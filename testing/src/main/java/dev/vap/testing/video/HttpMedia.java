package dev.vap.testing.video;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The media of an {@link HttpVideoServer} and how they are sent properly. Live streams are where the clock says, for
 * everyone. Safe for any thread; sending blocks the caller's.
 */
final class HttpMedia {
    static final String BOUNDARY = "--frontier";
    static final String PLAYLIST = "application/vnd.apple.mpegurl";

    private static final Pattern RANGE = Pattern.compile("bytes=(\\d*)-(\\d*)");
    private static final Pattern PART = Pattern.compile("/hls/part(\\d{1,9})\\.ts");
    private static final int CHUNK = 8192;
    private static final long LOOK_MILLIS = 20;

    private final TestStream stream;
    private final TestStream pictures;
    private final Hls hls;
    private final byte[] clip;
    private final byte[] clipIndexLast;
    private final long started = System.nanoTime();
    private final AtomicInteger snapshots = new AtomicInteger();
    private volatile boolean frozen;

    HttpMedia(TestStream stream) {
        StreamSpec spec = stream.spec();
        this.stream = stream;
        this.pictures = TestStream.of(new StreamSpec(
                StreamSpec.Codec.MJPEG, spec.width(), spec.height(), spec.framesPerSecond(), 1, spec.frames()));
        this.hls = stream.hls();
        try {
            Path file = Files.createTempFile("vap-test-clip", ".mp4");
            try {
                clip = Files.readAllBytes(stream.mp4(file));
                clipIndexLast = Files.readAllBytes(stream.mp4IndexLast(file));
            } finally {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] clip() {
        return clip;
    }

    /** Live streams stand still, with their connections open; playlists do not go on. */
    void freeze(boolean on) {
        frozen = on;
    }

    /** How many snapshots were sent. */
    int snapshots() {
        return snapshots.get();
    }

    void sendClip(HttpReply reply, boolean indexLast) throws IOException {
        byte[] all = indexLast ? clipIndexLast : clip;
        String range = reply.request().header("range");
        Matcher m = RANGE.matcher(range == null ? "" : range);
        if (!m.matches() || (m.group(1).isEmpty() && m.group(2).isEmpty())) {
            reply.answer("200 OK", "video/mp4", all, "Accept-Ranges: bytes");
            return;
        }
        boolean suffix = m.group(1).isEmpty();
        long first = suffix ? Math.max(0, all.length - Long.parseLong(m.group(2))) : Long.parseLong(m.group(1));
        long last =
                suffix || m.group(2).isEmpty() ? all.length - 1 : Math.min(all.length - 1, Long.parseLong(m.group(2)));
        if (first > last) {
            reply.answer("416 Range Not Satisfiable", "text/plain", "", "Content-Range: bytes */" + all.length);
            return;
        }
        int length = (int) (last - first + 1);
        reply.head(
                "206 Partial Content",
                "Accept-Ranges: bytes",
                "Content-Type: video/mp4",
                "Content-Range: bytes " + first + "-" + last + "/" + all.length,
                "Content-Length: " + length);
        if (!reply.headOnly()) {
            reply.write(all, (int) first, length);
        }
    }

    void sendWithoutRanges(HttpReply reply) throws IOException {
        reply.head("200 OK", "Content-Type: video/mp4", "Transfer-Encoding: chunked");
        if (!reply.headOnly()) {
            for (int at = 0; at < clip.length; at += CHUNK) {
                reply.chunk(clip, at, Math.min(CHUNK, clip.length - at));
            }
            reply.chunk(clip, 0, 0);
        }
    }

    void sendSnapshot(HttpReply reply) throws IOException {
        reply.answer("200 OK", "image/jpeg", picture(snapshots.getAndIncrement()));
    }

    byte[] picture(long number) {
        return pictures.unit(number).parts().get(0);
    }

    /** Until the client goes. */
    void sendMjpeg(HttpReply reply, boolean lengths) throws IOException {
        reply.last().head("200 OK", "Content-Type: multipart/x-mixed-replace; boundary=" + BOUNDARY);
        for (long number = now(); !reply.headOnly(); number++) {
            await(number);
            sendPart(reply, picture(number), lengths);
        }
    }

    static void sendPart(HttpReply reply, byte[] jpeg, boolean length) throws IOException {
        reply.write("--" + BOUNDARY + "\r\nContent-Type: image/jpeg\r\n"
                + (length ? "Content-Length: " + jpeg.length + "\r\n" : "") + "\r\n");
        reply.write(jpeg).write("\r\n");
    }

    /** Until the client goes. Begins with a key frame; each group of pictures is sent over the time it lasts. */
    void sendTs(HttpReply reply) throws IOException {
        reply.last().head("200 OK", "Content-Type: video/mp2t", "Transfer-Encoding: chunked");
        int frames = stream.spec().keyEvery();
        for (long part = now() / frames; !reply.headOnly(); part++) {
            byte[] bytes = hls.part(part);
            for (int i = 0; i < frames; i++) {
                await(part * frames + i);
                int from = (int) ((long) bytes.length * i / frames);
                int to = (int) ((long) bytes.length * (i + 1) / frames);
                if (to > from) {
                    reply.chunk(bytes, from, to - from);
                }
            }
        }
    }

    void sendPlaylist(HttpReply reply, boolean live) throws IOException {
        String list = live ? hls.live(Duration.ofNanos(System.nanoTime() - started)) : hls.vod();
        reply.answer("200 OK", PLAYLIST, list, "Cache-Control: no-cache");
    }

    /** False if the path is none of a part. */
    boolean sendPart(HttpReply reply, String path) throws IOException {
        Matcher m = PART.matcher(path);
        if (!m.matches()) {
            return false;
        }
        reply.answer("200 OK", "video/mp2t", hls.part(Long.parseLong(m.group(1))));
        return true;
    }

    private long now() {
        return (long) ((System.nanoTime() - started) / 1e9 * stream.spec().framesPerSecond());
    }

    private void await(long frame) throws IOException {
        long due = started + Math.round(frame * 1e9 / stream.spec().framesPerSecond());
        for (long left = due - System.nanoTime(); left > 0 || frozen; left = due - System.nanoTime()) {
            pause(Math.max(1, Math.min(LOOK_MILLIS, left / 1_000_000)));
        }
    }

    /** Ends with an exception when the server is closed. */
    static void pause(long millis) throws IOException {
        try {
            TimeUnit.MILLISECONDS.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("closed", e);
        }
    }
}

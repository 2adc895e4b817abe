package dev.vap.testing.video;

import java.io.IOException;

/** The pages of an {@link HttpVideoServer} that are wrong. Blocks the caller's thread for as long as they last. */
final class HttpTraps {
    private static final long DRIP_MILLIS = 1000;

    private HttpTraps() {}

    static void send(HttpPage page, HttpReply reply, HttpMedia media) throws IOException {
        byte[] clip = media.clip();
        switch (page) {
            case SERVER_ERROR -> reply.answer("500 Internal Server Error", "text/plain", "broken\n");
            case WEB_PAGE ->
                reply.answer("200 OK", "text/html", "<!doctype html><title>Sign in</title><h1>Who are you?</h1>\n");
            case EMPTY -> reply.answer("200 OK", "video/mp4", "");
            case LENGTH_TOO_LONG ->
                reply.last()
                        .head("200 OK", "Content-Type: video/mp4", "Content-Length: " + 2L * clip.length)
                        .write(clip);
            case LENGTH_TOO_SHORT ->
                reply.last()
                        .head("200 OK", "Content-Type: video/mp4", "Content-Length: " + clip.length / 2)
                        .write(clip);
            case ENDLESS_HEADERS -> endlessHeaders(reply);
            case DRIP -> drip(reply, clip);
            case NO_BOUNDARY -> {
                reply.last().head("200 OK", "Content-Type: multipart/x-mixed-replace");
                pictures(reply, media, 5);
            }
            case CUT_MJPEG -> {
                reply.last().head("200 OK", "Content-Type: multipart/x-mixed-replace; boundary=" + HttpMedia.BOUNDARY);
                pictures(reply, media, 2);
                byte[] third = media.picture(2);
                reply.write("--" + HttpMedia.BOUNDARY + "\r\nContent-Type: image/jpeg\r\nContent-Length: "
                        + third.length + "\r\n\r\n");
                reply.write(third, 0, third.length / 2);
            }
            case HLS_FILE -> playlist(reply, "file:///etc/passwd");
            case HLS_SCHEME -> playlist(reply, "gopher://127.0.0.1:9/part.ts");
            case HLS_MISSING_PARTS -> playlist(reply, "gone0.ts");
            default -> reply.answer("404 Not Found", "text/plain", "not here\n");
        }
    }

    private static void endlessHeaders(HttpReply reply) throws IOException {
        reply.last().write("HTTP/1.1 200 OK\r\n");
        for (long i = 0; ; i++) {
            reply.write("X-Nothing-" + i + ": to see here\r\n");
        }
    }

    private static void drip(HttpReply reply, byte[] bytes) throws IOException {
        reply.last().head("200 OK", "Content-Type: video/mp4", "Content-Length: " + bytes.length);
        for (int i = 0; i < bytes.length; i++) {
            reply.write(bytes, i, 1);
            HttpMedia.pause(DRIP_MILLIS);
        }
    }

    private static void pictures(HttpReply reply, HttpMedia media, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            HttpMedia.sendPart(reply, media.picture(i), true);
        }
    }

    private static void playlist(HttpReply reply, String part) throws IOException {
        reply.answer(
                "200 OK",
                HttpMedia.PLAYLIST,
                "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:4.0,\n" + part
                        + "\n#EXT-X-ENDLIST\n");
    }
}

package dev.vap.testing.video;

/** What an {@link HttpVideoServer} has to offer, good and bad. */
public enum HttpPage {
    /** MP4 with its index in front; ranges are answered. */
    CLIP("/clip.mp4"),
    /** MP4 with its index at the end; ranges are answered. */
    CLIP_INDEX_LAST("/index-last.mp4"),
    /** The first clip, chunked, without length and ranges. */
    NO_RANGE("/norange/clip.mp4"),
    /** Endless Motion-JPEG as multipart, each part with its length. */
    MJPEG("/mjpeg"),
    /** The same without lengths. */
    MJPEG_NO_LENGTH("/mjpeg-nolength"),
    /** One JPEG, another with each request. */
    SNAPSHOT("/snapshot.jpg"),
    HLS_LIVE("/hls/live.m3u8"),
    HLS_VOD("/hls/vod.m3u8"),
    /** Endless MPEG-TS, chunked, in real time. */
    LIVE_TS("/live.ts"),

    /** 302 to {@link #CLIP}, without host. */
    REDIRECT("/redirect/clip.mp4"),
    /** Three redirects, by 301, 302 and 307, to {@link #CLIP}. */
    REDIRECT_CHAIN("/redirect/3"),
    REDIRECT_LOOP("/redirect/loop"),
    /** To an address that only this machine's network has (169.254.169.254). */
    REDIRECT_LINK_LOCAL("/redirect/link-local"),
    REDIRECT_FILE("/redirect/file"),
    /** To what {@link HttpVideoServer#redirectTo} says. */
    REDIRECT_ELSEWHERE("/redirect/elsewhere"),

    NOT_FOUND("/missing"),
    SERVER_ERROR("/error"),
    /** HTML with status 200, as a login page. */
    WEB_PAGE("/page"),
    EMPTY("/empty"),
    /** Content-Length is twice as much as comes before the connection ends. */
    LENGTH_TOO_LONG("/length-too-long.mp4"),
    /** Content-Length is half of what comes. */
    LENGTH_TOO_SHORT("/length-too-short.mp4"),
    ENDLESS_HEADERS("/endless-headers"),
    /** The clip, a byte a second. */
    DRIP("/drip.mp4"),
    /** Multipart whose Content-Type names no boundary. */
    NO_BOUNDARY("/noboundary"),
    /** The clip, reset in the middle. */
    CUT_CLIP("/cut.mp4"),
    /** Motion-JPEG, closed in the middle of the third picture. */
    CUT_MJPEG("/cut-mjpeg"),
    /** A playlist whose part is {@code file:///etc/passwd}. */
    HLS_FILE("/hls/file.m3u8"),
    /** A playlist whose part is of another scheme. */
    HLS_SCHEME("/hls/scheme.m3u8"),
    /** A playlist whose parts do not exist. */
    HLS_MISSING_PARTS("/hls/missing.m3u8");

    private final String path;

    HttpPage(String path) {
        this.path = path;
    }

    public String path() {
        return path;
    }
}

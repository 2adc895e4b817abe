package dev.vap.runner.decode;

/**
 * Where a source comes from, and so what FFmpeg may open while reading it. The lists are the fence against playlists
 * and scripts in disguise: whatever is not named here is refused, whatever the file says.
 */
public enum SourceKind {
    /** One regular file. No playlist, no image sequence, no nested file. */
    FILE("file"),
    /** One file or stream over HTTP(S). */
    HTTP("http,https,tcp,tls");

    /**
     * Containers with video, then those with audio only: the latter are let in to tell "only audio" from "no media".
     */
    private static final String CONTAINERS =
            "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,rm,dv,wtv,"
                    + "dhav,gif,apng,ivf,obu,av1,h263,h264,hevc,vvc,m4v,vc1,mjpeg,mpjpeg,yuv4mpegpipe,"
                    + "mp3,aac,wav,w64,flac,aiff,au,amr,ac3,eac3";

    private final String protocols;

    SourceKind(String protocols) {
        this.protocols = protocols;
    }

    /** FFmpeg's {@code protocol_whitelist}. */
    String protocols() {
        return protocols;
    }

    /** FFmpeg's {@code format_whitelist}. */
    String containers() {
        return CONTAINERS;
    }
}

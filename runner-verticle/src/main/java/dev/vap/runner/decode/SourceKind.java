package dev.vap.runner.decode;

/**
 * Where a source comes from, and so what FFmpeg may open while reading it. The lists are the fence against playlists
 * and scripts in disguise: whatever is not named here is refused, whatever the file says.
 */
public enum SourceKind {
    /** One regular file. No playlist, no image sequence, no nested file. */
    FILE("file", SourceKind.CONTAINERS),
    /**
     * A file, a stream or an HLS playlist over HTTP(S). FFmpeg opens nothing by itself: all bytes come from {@link
     * ByteStreams}, those that a playlist names too.
     */
    HTTP("none", "hls,webvtt," + SourceKind.CONTAINERS),
    RTSP("rtp,udp,tcp", "rtsp"),
    RTSPS("tls,tcp", "rtsp"),
    RTMP("rtmp,tcp", "flv,live_flv"),
    RTMPS("rtmps,tls,tcp", "flv,live_flv"),
    /** MPEG-TS over SRT. */
    SRT("srt", "mpegts"),
    /** MPEG-TS over UDP, unicast or multicast. */
    UDP("udp", "mpegts"),
    /** MPEG-TS over RTP. */
    RTP("rtp,udp", "rtp,mpegts"),
    /** A video device of this machine, Linux only. */
    V4L2("none", "video4linux2,v4l2");

    /**
     * Containers with video, then those with audio only: the latter are let in to tell "only audio" from "no media".
     */
    private static final String CONTAINERS =
            "mov,mp4,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,nut,rm,dv,"
                    + "wtv,dhav,gif,apng,ivf,obu,av1,h263,h264,hevc,vvc,m4v,vc1,mjpeg,mpjpeg,yuv4mpegpipe,"
                    + "mp3,aac,wav,w64,flac,aiff,au,amr,ac3,eac3";

    private final String protocols;
    private final String containers;

    SourceKind(String protocols, String containers) {
        this.protocols = protocols;
        this.containers = containers;
    }

    /** Whether it can never have an end of its own; of {@link #HTTP}, only the container tells. */
    public boolean alwaysLive() {
        return this != FILE && this != HTTP;
    }

    boolean isRtsp() {
        return this == RTSP || this == RTSPS;
    }

    /** FFmpeg's {@code protocol_whitelist}. */
    String protocols() {
        return protocols;
    }

    /** FFmpeg's {@code format_whitelist}. */
    String containers() {
        return containers;
    }
}

package dev.vap.standalone.command;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Option;

/** How a source is reached and decoded. */
final class StreamOptions {

    @Option(
            names = "--rtsp-transport",
            paramLabel = "HOW",
            description = "tcp or udp [tcp, or udp where a camera refuses tcp]")
    String rtspTransport;

    @Option(
            names = "--hwaccel",
            paramLabel = "KIND",
            description = "hardware that decodes: auto, none, vaapi, cuda, qsv, vulkan, videotoolbox or d3d11va [none]")
    String hwaccel;

    @Option(
            names = "--tls-verify",
            negatable = true,
            description = "certificates of https, rtsps and rtmps sources must be trusted [they need not be]")
    Boolean tlsVerify;

    /** Those that were given. */
    void addTo(JsonObject options) {
        if (rtspTransport != null) {
            options.put("rtsp_transport", rtspTransport);
        }
        if (hwaccel != null) {
            options.put("hwaccel", hwaccel);
        }
        if (tlsVerify != null) {
            options.put("tls_verify", tlsVerify);
        }
    }
}

package dev.vap.api.http;

import dev.vap.api.media.RequestedRange;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.Scenario;
import dev.vap.shared.domain.SourceUrl;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The file that a scenario analyses, for a player. */
final class VideoRoutes {

    private static final Map<String, String> TYPES = Map.ofEntries(
            Map.entry("mp4", "video/mp4"),
            Map.entry("m4v", "video/mp4"),
            Map.entry("webm", "video/webm"),
            Map.entry("mov", "video/quicktime"),
            Map.entry("mkv", "video/x-matroska"),
            Map.entry("avi", "video/x-msvideo"),
            Map.entry("mpg", "video/mpeg"),
            Map.entry("mpeg", "video/mpeg"),
            Map.entry("ts", "video/mp2t"),
            Map.entry("ogv", "video/ogg"));

    private static final List<CharSequence> DESCRIPTION = List.of(
            HttpHeaders.CONTENT_TYPE,
            HttpHeaders.CONTENT_LENGTH,
            HttpHeaders.CONTENT_ENCODING,
            HttpHeaders.CONTENT_RANGE,
            HttpHeaders.ACCEPT_RANGES,
            HttpHeaders.ETAG);

    private final Vertx vertx;
    private final Scenarios scenarios;
    private final SourceIntake sources;

    /**
     * @param mark changes with the file
     */
    private record Video(Path file, long size, String mark) {}

    VideoRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.vertx = vertx;
        this.scenarios = parts.scenarios();
        this.sources = parts.sources();
    }

    void mount(RouteTable routes) {
        // As long as the player takes; a connection on which nothing moves is closed by the server.
        routes.operation("playVideo", RouteTable.NO_DEADLINE, this::play);
    }

    private Future<Reply> play(Call call) {
        return scenarios.get(call.ref()).compose(this::video).compose(video -> send(call, video));
    }

    /** Looked at anew: the file may be gone, or the media root another one than when the scenario was created. */
    private Future<Video> video(Scenario s) {
        SourceUrl source = SourceUrl.parse(s.cameraUrl());
        if (!source.isFile()) {
            throw new VapException(
                    ErrorCode.NO_VIDEO,
                    "Scenario " + s.id() + " has a live source, of which no file is kept: look at its preview.");
        }
        return sources.accept(source)
                .compose(stored -> vertx.executeBlocking(() -> look(SourceUrl.parse(stored)), false))
                .recover(e -> Future.failedFuture(
                        e instanceof VapException || e instanceof IOException
                                ? new VapException(
                                        ErrorCode.NO_VIDEO,
                                        "The file of scenario " + s.id() + " is gone or may not be read any more.",
                                        e)
                                : e));
    }

    private static Video look(SourceUrl source) throws IOException {
        Path file = Path.of(source.path());
        long size = Files.size(file);
        String mark = Long.toHexString(size) + "-"
                + Long.toHexString(Files.getLastModifiedTime(file).toMillis());
        return new Video(file, size, '"' + mark + '"');
    }

    private static Future<Reply> send(Call call, Video video) {
        HttpServerResponse response = call.response();
        String ifRange = call.request().getHeader("If-Range");
        boolean parts = ifRange == null || ifRange.equals(video.mark());
        Optional<RequestedRange> range;
        try {
            range = RequestedRange.of(parts ? call.parameters().text("Range").orElse(null) : null, video.size());
        } catch (VapException e) {
            response.putHeader(HttpHeaders.CONTENT_RANGE, "bytes */" + video.size());
            throw e;
        }
        long length = range.map(RequestedRange::length).orElse(video.size());
        response.setStatusCode(range.isPresent() ? 206 : 200)
                .putHeader(HttpHeaders.CONTENT_TYPE, type(video.file()))
                .putHeader(HttpHeaders.CONTENT_LENGTH, String.valueOf(length))
                // Compressed as it is; and a range counts its bytes, not those of a compressed form.
                .putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY)
                .putHeader(HttpHeaders.ACCEPT_RANGES, "bytes")
                .putHeader(HttpHeaders.ETAG, video.mark())
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                .putHeader("X-Content-Type-Options", "nosniff");
        range.ifPresent(r -> response.putHeader(HttpHeaders.CONTENT_RANGE, r.of(video.size())));
        if (call.isHead()) {
            return response.end().map(Reply.TAKEN);
        }
        return response.sendFile(
                        video.file().toString(),
                        range.map(RequestedRange::first).orElse(0L),
                        length)
                .map(Reply.TAKEN)
                .recover(e -> {
                    if (response.headWritten()) {
                        return Future.failedFuture(e);
                    }
                    // It went since we looked; what was said of it must not go with the answer that says so.
                    DESCRIPTION.forEach(response.headers()::remove);
                    return Future.failedFuture(
                            new VapException(ErrorCode.NO_VIDEO, "The file went away while it was being opened.", e));
                });
    }

    private static String type(Path file) {
        String name = file.getFileName().toString();
        String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
        return TYPES.getOrDefault(extension, "application/octet-stream");
    }
}

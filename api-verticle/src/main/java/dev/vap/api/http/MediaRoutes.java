package dev.vap.api.http;

import dev.vap.api.media.MediaFile;
import dev.vap.api.media.MediaStore;
import dev.vap.api.media.Upload;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.storage.Scenarios;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;

/** Uploading files, and what there is of them. */
final class MediaRoutes {

    /** More would be slower than these. */
    private static final int UPLOADS_AT_ONCE = 64;

    private final Vertx vertx;
    private final MediaStore media;
    private final Scenarios scenarios;
    private int uploads;

    MediaRoutes(Vertx vertx, ApiServer.Parts parts) {
        this.vertx = vertx;
        this.media = parts.media();
        this.scenarios = parts.scenarios();
    }

    void mount(RouteTable routes) {
        // An upload takes as long as it takes, as long as it moves.
        routes.operation("uploadMedia", RouteTable.NO_DEADLINE, this::upload);
        routes.operation("listMedia", this::list);
        routes.operation("showMedia", this::show);
        routes.operation("deleteMedia", this::delete);
    }

    private Future<Reply> upload(Call call) {
        String name = name(call);
        String type = call.request().getHeader(HttpHeaders.CONTENT_TYPE);
        if (type != null && type.toLowerCase(Locale.ROOT).startsWith("multipart/")) {
            call.response().putHeader(HttpHeaders.CONNECTION, "close");
            throw new VapException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE,
                    "The body must be the bytes of the file, not a form: curl --data-binary @clip.mp4 sends them so.");
        }
        if (uploads >= UPLOADS_AT_ONCE) {
            call.response().putHeader(HttpHeaders.CONNECTION, "close");
            throw new VapException(
                    ErrorCode.TOO_MANY_REQUESTS,
                    UPLOADS_AT_ONCE + " uploads are under way: try again when one of them is done.");
        }
        uploads++;
        return Upload.receive(vertx.getOrCreateContext(), call.request(), media, name)
                .onComplete(done -> uploads--)
                .map(file -> file.complete() ? Reply.created(file.toJson(), path(file)) : Reply.ok(file.toJson()));
    }

    private static String path(MediaFile file) {
        return "/api/v1/media/"
                + URLEncoder.encode(file.name(), StandardCharsets.UTF_8).replace("+", "%20");
    }

    private Future<Reply> list(Call call) {
        int limit = call.parameters().limit();
        String after = call.parameters().text("after").orElse(null);
        return blocking(() -> media.list(after, limit)).map(page -> {
            JsonArray files = new JsonArray();
            page.files().forEach(file -> files.add(file.toJson()));
            return Reply.ok(new JsonObject().put("media", files).put("next", page.next()));
        });
    }

    private Future<Reply> show(Call call) {
        String name = name(call);
        return blocking(() -> media.find(name)).map(file -> Reply.ok(file.toJson()));
    }

    private Future<Reply> delete(Call call) {
        String name = name(call);
        return blocking(() -> media.storedUrl(name))
                .compose(url ->
                        url.isEmpty() ? Future.succeededFuture(Optional.empty()) : scenarios.runningOn(url.get()))
                .compose(user -> {
                    if (user.isPresent()) {
                        return Future.failedFuture(new VapException(
                                ErrorCode.MEDIA_IN_USE,
                                "Scenario " + user.get() + " uses \"" + name + "\": stop it first."));
                    }
                    return blocking(() -> {
                        media.delete(name);
                        return Reply.noContent();
                    });
                });
    }

    private static String name(Call call) {
        return call.parameters().text("name").orElseThrow();
    }

    private <T> Future<T> blocking(Callable<T> work) {
        return vertx.executeBlocking(work, false);
    }
}

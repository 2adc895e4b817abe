package dev.vap.api.http;

import dev.vap.shared.storage.Ids;
import io.vertx.core.Handler;
import io.vertx.ext.web.RoutingContext;
import java.util.regex.Pattern;

/** Gives every request a name, the client's own if it has one, and every answer the same. */
final class RequestIds implements Handler<RoutingContext> {

    static final String HEADER = "X-Request-ID";

    private static final Pattern USABLE = Pattern.compile("[A-Za-z0-9._:=+/-]{1,128}");

    @Override
    public void handle(RoutingContext context) {
        String given = context.request().getHeader(HEADER);
        String id = given != null && USABLE.matcher(given).matches()
                ? given
                : Ids.next().toString();
        context.put(HEADER, id);
        context.response().putHeader(HEADER, id);
        context.next();
    }

    static String of(RoutingContext context) {
        String id = context.get(HEADER);
        // What the router refuses before any handler has seen it.
        return id == null ? Ids.next().toString() : id;
    }
}

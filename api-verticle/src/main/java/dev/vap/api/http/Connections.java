package dev.vap.api.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Bounds the connections of clients, so that many that say nothing, or say it a byte at a time, keep nobody else out: a
 * request must have come whole within {@link #FIRST} of connecting, or {@link #NEXT} after the answer before it, and where
 * there is no room the one that has been silent longest makes some. What takes longer than {@link #LONG} (streams, WebSockets,
 * uploads, videos) gets seven of eight connections at most: beyond them the oldest goes. Confined to the server's context.
 */
final class Connections implements Handler<RoutingContext> {

    static final Duration FIRST = Duration.ofSeconds(10);
    static final Duration NEXT = Duration.ofSeconds(75);
    static final Duration LONG = Duration.ofSeconds(15);
    private static final long SWEEP_MILLIS = 1_000;

    private final LongSupplier nanos;
    private final int max;
    private final int maxLong;
    /** Those that owe us a request, the longest silent first. */
    private final Map<HttpConnection, Silent> silent = new LinkedHashMap<>();
    /** The others, whose requests are under way, or which are WebSockets by now; the longest busy first. */
    private final Map<HttpConnection, Busy> busy = new LinkedHashMap<>();

    private final Counter evicted;
    private final Counter outlived;
    private final Counter refused;
    private volatile int open;

    private record Silent(long since, Duration patience) {}

    private record Busy(long since, int requests) {}

    /**
     * @param nanos a monotonic clock
     */
    Connections(LongSupplier nanos, int max, MeterRegistry registry) {
        this.nanos = nanos;
        this.max = max;
        this.maxLong = max - Math.max(1, max / 8);
        this.evicted = registry.counter("vap_http_connections_closed", "why", "silent");
        this.outlived = registry.counter("vap_http_connections_closed", "why", "long");
        this.refused = registry.counter("vap_http_connections_closed", "why", "full");
        Gauge.builder("vap_http_connections", this, c -> c.open).register(registry);
    }

    /** The sweep's timer; to be cancelled by whoever closes the server. */
    long start(Vertx vertx) {
        return vertx.setPeriodic(SWEEP_MILLIS, t -> sweep());
    }

    /** To be called for every new connection. */
    void opened(HttpConnection connection) {
        if (silent.size() + busy.size() >= max && !evictOne()) {
            refused.increment();
            connection.close();
            return;
        }
        silent.put(connection, new Silent(nanos.getAsLong(), FIRST));
        count();
        whenClosed(connection, () -> {
            silent.remove(connection);
            busy.remove(connection);
            count();
        });
    }

    private static void whenClosed(HttpConnection connection, Runnable then) {
        if (connection instanceof ConnectionBase base) {
            // An upgrade to a WebSocket takes the connection's own handlers away; its channel stays.
            base.channel().closeFuture().addListener(closed -> then.run());
        } else {
            connection.closeHandler(closed -> then.run());
        }
    }

    /** A request has come whole, but for its body. */
    @Override
    public void handle(RoutingContext context) {
        HttpConnection connection = context.request().connection();
        if (silent.remove(connection) != null || busy.containsKey(connection)) {
            busy.merge(
                    connection,
                    new Busy(nanos.getAsLong(), 1),
                    (before, one) -> new Busy(before.since(), before.requests() + 1));
            context.addEndHandler(done -> answered(connection));
        }
        context.next();
    }

    private void answered(HttpConnection connection) {
        Busy left = busy.computeIfPresent(connection, (c, b) -> new Busy(b.since(), b.requests() - 1));
        if (left != null && left.requests() == 0) {
            busy.remove(connection);
            silent.put(connection, new Silent(nanos.getAsLong(), NEXT));
        }
    }

    private boolean evictOne() {
        Iterator<HttpConnection> oldest = silent.keySet().iterator();
        if (!oldest.hasNext()) {
            return false;
        }
        HttpConnection connection = oldest.next();
        oldest.remove();
        evict(connection);
        return true;
    }

    void sweep() {
        long now = nanos.getAsLong();
        for (Iterator<Map.Entry<HttpConnection, Silent>> i = silent.entrySet().iterator(); i.hasNext(); ) {
            Map.Entry<HttpConnection, Silent> entry = i.next();
            if (now - entry.getValue().since() > entry.getValue().patience().toNanos()) {
                HttpConnection connection = entry.getKey();
                i.remove();
                evict(connection);
            }
        }
        List<HttpConnection> late = busy.entrySet().stream()
                .filter(entry -> now - entry.getValue().since() > LONG.toNanos())
                .map(Map.Entry::getKey)
                .toList();
        late.stream().limit(Math.max(0, late.size() - maxLong)).forEach(connection -> {
            busy.remove(connection);
            outlived.increment();
            Abort.connection(connection);
        });
        count();
    }

    /** That is forgotten already. */
    private void evict(HttpConnection connection) {
        evicted.increment();
        Abort.connection(connection);
    }

    private void count() {
        open = silent.size() + busy.size();
    }
}

package dev.vap.testing.video;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/**
 * A camera: RTSP/1.0 on a free port of loopback, one H.264 or Motion-JPEG track over TCP or UDP, in real time, for any
 * number of viewers, who join where the camera is now. Faults are switched while it runs. Safe for any thread; {@link
 * #close()} frees its sockets and threads.
 */
public final class RtspServer implements AutoCloseable {
    static final String PATH = "/cam";

    /** How packets travel. */
    public enum Transport {
        TCP,
        UDP
    }

    /**
     * Someone who plays now.
     *
     * @param frames sent so far
     */
    public record Viewer(String address, Transport transport, String userAgent, long frames) {}

    private final Camera camera;
    private final Faults faults = new Faults();
    private final WallClock clock = new WallClock();
    private final boolean tls;
    private final Set<Transport> refused;
    private final Duration sessionTimeout;
    private final List<Listener> listeners = new ArrayList<>();
    private final Set<RtspConnection> connections = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final AtomicInteger authFailures = new AtomicInteger();
    private final AtomicInteger reports = new AtomicInteger();
    private volatile Login login;
    private volatile String redirectTarget;
    private ScheduledFuture<?> flapping;

    private RtspServer(Builder builder) {
        tls = builder.tls;
        refused = Set.copyOf(builder.refused);
        sessionTimeout = builder.sessionTimeout;
        login = builder.login;
        clock.set(builder.clock);
        camera = new Camera("rtsp-camera", builder.stream);
        try {
            SSLContext context = tls ? TestCertificate.get().serverContext() : null;
            listeners.add(new Listener("rtsp", address("127.0.0.1"), builder.port, context, this::serve));
            if (builder.ipv6) {
                listeners.add(new Listener("rtsp6", address("::1"), 0, context, this::serve));
            }
            if (builder.expires) {
                ScheduledFuture<?> unused =
                        camera.timer().scheduleWithFixedDelay(this::expire, 100, 100, TimeUnit.MILLISECONDS);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** A camera without login, over TCP and UDP. */
    public static RtspServer start(TestStream stream) {
        return of(stream).start();
    }

    public static Builder of(TestStream stream) {
        return new Builder(stream);
    }

    /** What can't change while a camera runs, and how it begins. */
    public static final class Builder {
        private final TestStream stream;
        private Login login = Login.NONE;
        private Duration clock = Duration.ZERO;
        private Duration sessionTimeout = Duration.ofSeconds(60);
        private final Set<Transport> refused = EnumSet.noneOf(Transport.class);
        private boolean expires;
        private boolean tls;
        private boolean ipv6;
        private int port;

        private Builder(TestStream stream) {
            this.stream = stream;
        }

        public Builder login(Login value) {
            login = value;
            return this;
        }

        /** {@code rtsps} instead of {@code rtsp}, with the {@link TestCertificate}. */
        public Builder tls() {
            tls = true;
            return this;
        }

        /** Also on ::1, on a port of its own. */
        public Builder ipv6() {
            ipv6 = true;
            return this;
        }

        /** Instead of a free one. */
        public Builder port(int value) {
            port = value;
            return this;
        }

        /** SETUP over this is answered with 461. */
        public Builder refusing(Transport transport) {
            refused.add(transport);
            return this;
        }

        /** See {@link RtspServer#wallClock}. */
        public Builder wallClock(Duration offset) {
            clock = offset;
            return this;
        }

        /** Who sends no request for this long is thrown out; by default nobody is, and a minute is announced. */
        public Builder sessionTimeout(Duration value) {
            sessionTimeout = value;
            expires = true;
            return this;
        }

        public RtspServer start() {
            return new RtspServer(this);
        }
    }

    private static InetAddress address(String literal) {
        try {
            return InetAddress.getByName(literal);
        } catch (UnknownHostException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(Socket socket) throws IOException {
        RtspConnection connection = new RtspConnection(this, socket);
        connections.add(connection);
        try {
            connection.run();
        } finally {
            connections.remove(connection);
        }
    }

    private void expire() {
        connections.forEach(connection -> connection.expire(sessionTimeout));
    }

    public int port() {
        return listeners.get(0).port();
    }

    public String url() {
        return url(listeners.get(0), "127.0.0.1", "");
    }

    /** With credentials, taken as written. */
    public String url(String user, String password) {
        return url(listeners.get(0), "127.0.0.1", user + ":" + password + "@");
    }

    /** By IPv6; needs {@link Builder#ipv6()}. */
    public String url6() {
        return url(listeners.get(1), "[::1]", "");
    }

    private String url(Listener listener, String host, String credentials) {
        return (tls ? "rtsps://" : "rtsp://") + credentials + host + ":" + listener.port() + PATH;
    }

    /** Switches a fault on, with its default number if it has one. */
    public void begin(RtspFault fault) {
        begin(fault, fault.defaultNumber());
    }

    public void begin(RtspFault fault, int number) {
        faults.begin(fault, number);
    }

    public void end(RtspFault fault) {
        faults.end(fault);
    }

    public void endFaults() {
        faults.endAll();
    }

    /** Where {@link RtspFault#REDIRECT} leads; null for the same URL again. */
    public void redirectTo(String url) {
        redirectTarget = url;
    }

    public void login(Login value) {
        login = Objects.requireNonNull(value);
    }

    /**
     * The time of day in sender reports.
     *
     * @param offset from the right time; null for no sender reports at all
     */
    public void wallClock(Duration offset) {
        clock.set(offset);
    }

    /**
     * Plays this from now on: of another size in mid-stream, with new parameter sets in front. Of another codec it can
     * only begin anew: all connections are closed.
     */
    public void stream(TestStream next) {
        boolean other = next.spec().codec() != camera.stream().spec().codec();
        camera.stream(next);
        if (other) {
            closeConnections();
        }
    }

    /** From now on connecting is refused; connections go on. */
    public void refuse() {
        listeners.forEach(Listener::refuse);
    }

    /** Opens the same port again. */
    public void accept() {
        listeners.forEach(Listener::accept);
    }

    /** Ends all connections politely (FIN). */
    public void closeConnections() {
        listeners.forEach(Listener::endAll);
    }

    /** Ends all connections rudely (RST). */
    public void resetConnections() {
        listeners.forEach(Listener::resetAll);
    }

    /** Goes away after each period, with all connections (RST), and comes back after the next. */
    public synchronized void flap(Duration period) {
        stopFlapping();
        boolean[] gone = {false};
        flapping = camera.timer()
                .scheduleAtFixedRate(
                        () -> {
                            gone[0] = !gone[0];
                            if (gone[0]) {
                                refuse();
                                resetConnections();
                            } else {
                                accept();
                            }
                        },
                        period.toNanos(),
                        period.toNanos(),
                        TimeUnit.NANOSECONDS);
    }

    /** Stays there. */
    public synchronized void stopFlapping() {
        if (flapping != null) {
            flapping.cancel(false);
            flapping = null;
            camera.timer().execute(this::accept);
        }
    }

    /** Connections so far. */
    public int connections() {
        return listeners.stream().mapToInt(Listener::accepted).sum();
    }

    /** Connections now. */
    public int openConnections() {
        return listeners.stream().mapToInt(Listener::open).sum();
    }

    public int describes() {
        return requests("DESCRIBE");
    }

    /** Requests of this method so far, however they were answered. */
    public int requests(String method) {
        AtomicInteger count = requests.get(method);
        return count == null ? 0 : count.get();
    }

    /** Requests with wrong credentials; those without any are not counted. */
    public int authFailures() {
        return authFailures.get();
    }

    /** Packets of RTCP that clients sent. */
    public int reports() {
        return reports.get();
    }

    /** Who plays now. */
    public List<Viewer> viewers() {
        return connections.stream()
                .map(RtspConnection::viewer)
                .filter(Objects::nonNull)
                .toList();
    }

    Camera camera() {
        return camera;
    }

    Faults faults() {
        return faults;
    }

    WallClock clock() {
        return clock;
    }

    Login login() {
        return login;
    }

    Duration sessionTimeout() {
        return sessionTimeout;
    }

    String redirectTarget() {
        return redirectTarget;
    }

    boolean refuses(Transport transport) {
        return refused.contains(transport);
    }

    void count(String method) {
        requests.computeIfAbsent(method, m -> new AtomicInteger()).incrementAndGet();
    }

    void countAuthFailure() {
        authFailures.incrementAndGet();
    }

    void countReport() {
        reports.incrementAndGet();
    }

    AtomicInteger receiverReports() {
        return reports;
    }

    @Override
    public void close() {
        camera.close();
        listeners.forEach(Listener::close);
    }
}

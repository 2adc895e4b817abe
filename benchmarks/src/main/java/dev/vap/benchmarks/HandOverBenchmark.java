package dev.vap.benchmarks;

import static dev.vap.benchmarks.Figures.number;
import static dev.vap.benchmarks.Figures.row;

import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.Placement;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.testing.Await;
import dev.vap.testing.Ports;
import dev.vap.testing.ServiceProcess;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.Message;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * What it costs to hand a frame of 416 x 416 to inference and to get an answer, without any analysis: within one process,
 * where nothing is copied, and to another process over loopback.
 */
public final class HandOverBenchmark {

    private static final int SIDE = 416;
    private static final int CHANNELS = 3;
    private static final String LOCAL = "benchmark.local";
    private static final String REMOTE = "benchmark.remote";
    private static final String SERVE = "serve";
    private static final double WARM_UP = 2;
    private static final double SECONDS = 4;
    private static final int[] IN_FLIGHT = {1, 2, 4, 8};

    private HandOverBenchmark() {}

    public static void main(String[] args) throws Exception {
        if (args.length > 0 && args[0].equals(SERVE)) {
            Services.main(HandOverBenchmark.class, SERVE, new String[0], context -> new Echo(context, REMOTE));
            return;
        }
        int port = Ports.take();
        String name = "hand-over-" + port;
        Path directory = Files.createTempDirectory("vap-hand-over-");
        ServiceProcess server = ServiceProcess.start(
                SERVE,
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        HandOverBenchmark.class.getName(),
                        SERVE),
                Map.of(
                        "CLUSTER_NAME",
                        name,
                        "CLUSTER_PORT",
                        String.valueOf(port),
                        "CLUSTER_MEMBERS",
                        "127.0.0.1:" + port),
                directory.resolve("log"));
        Await.until("the other process is up", Duration.ofSeconds(30), () -> server.printed("is up after"));
        String[] options = {
            "--cluster-name",
            name,
            "--cluster-port",
            String.valueOf(port + 1),
            "--cluster-members",
            "127.0.0.1:" + port,
            "--log-level",
            "warn"
        };
        Services.main(HandOverBenchmark.class, "ask", options, Client::new);
    }

    /** Answers at once. */
    private static final class Echo extends VerticleBase {

        private final ServiceContext services;
        private final String address;

        Echo(ServiceContext services, String address) {
            this.services = services;
            this.address = address;
        }

        @Override
        public Future<?> start() {
            EventBus bus = services.vertx().eventBus();
            return bus.<InferenceRequest>consumer(address, Echo::answer).completion();
        }

        private static void answer(Message<InferenceRequest> message) {
            message.reply(new InferenceReply(List.of(), "none", message.body().frameNumber(), 0));
            message.body().pixels().releaseReceived();
        }
    }

    /** Sends as many frames as it may have in flight, and ends the process. */
    private static final class Client extends VerticleBase {

        private final ServiceContext services;
        private final FrameBuffer pixels = FrameBuffer.unpooled(SIDE * SIDE * CHANNELS);
        private final DeliveryOptions delivery = new DeliveryOptions().setSendTimeout(10_000);
        private boolean sameObject = true;

        Client(ServiceContext services) {
            this.services = services;
        }

        @Override
        public Future<?> start() {
            EventBus bus = services.vertx().eventBus();
            bus.<InferenceRequest>localConsumer(LOCAL, message -> {
                sameObject &= message.body().pixels() == pixels;
                Echo.answer(message);
            });
            System.out.println(row("frames of 416x416 handed over", "in flight", "frames/s", "p50 ms", "p99 ms"));
            System.out.println("|---|---|---|---|---|");
            Future<Void> all = Future.succeededFuture();
            for (String address : List.of(LOCAL, REMOTE)) {
                for (int inFlight : IN_FLIGHT) {
                    all = all.compose(before -> measure(address, inFlight, WARM_UP, null))
                            .compose(before -> measure(
                                    address,
                                    inFlight,
                                    SECONDS,
                                    address.equals(LOCAL) ? "same process" : "another process, loopback"));
                }
            }
            all.onComplete(result -> {
                if (result.failed()) {
                    System.err.println(result.cause());
                } else if (!sameObject) {
                    System.err.println("the local hand-over copied its pixels");
                }
                Services.exit(result.succeeded() && sameObject ? 0 : 1);
            });
            return Future.succeededFuture();
        }

        private Future<Void> measure(String address, int inFlight, double seconds, String name) {
            Promise<Void> done = Promise.promise();
            Round round = new Round(address, System.nanoTime() + (long) (seconds * 1e9), inFlight, done);
            long start = System.nanoTime();
            for (int i = 0; i < inFlight; i++) {
                round.send();
            }
            return done.future().map(over -> {
                if (name != null) {
                    double wall = (System.nanoTime() - start) / 1e9;
                    System.out.println(row(
                            name,
                            inFlight,
                            number(round.millis.size() / wall, 0),
                            number(Figures.percentile(round.millis, 0.5), 3),
                            number(Figures.percentile(round.millis, 0.99), 3)));
                }
                return null;
            });
        }

        private final class Round {
            final String address;
            final long end;
            final Promise<Void> done;
            final List<Double> millis = new ArrayList<>();
            int open;

            Round(String address, long end, int inFlight, Promise<Void> done) {
                this.address = address;
                this.end = end;
                this.open = inFlight;
                this.done = done;
            }

            void send() {
                long sent = System.nanoTime();
                services.vertx()
                        .eventBus()
                        .<InferenceReply>request(address, request(sent), delivery)
                        .onSuccess(reply -> {
                            millis.add((System.nanoTime() - sent) / 1e6);
                            next();
                        })
                        .onFailure(done::tryFail);
            }

            private void next() {
                if (System.nanoTime() < end) {
                    send();
                } else if (--open == 0) {
                    done.tryComplete();
                }
            }
        }

        private InferenceRequest request(long now) {
            return new InferenceRequest(
                    "benchmark/1",
                    0,
                    0,
                    pixels,
                    SIDE,
                    SIDE,
                    CHANNELS,
                    InferenceRequest.Encoding.RAW,
                    768,
                    432,
                    Placement.scaled(0.54),
                    Float.NaN,
                    Float.NaN,
                    List.of(),
                    now + 10_000_000_000L);
        }
    }
}

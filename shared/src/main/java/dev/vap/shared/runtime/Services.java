package dev.vap.shared.runtime;

import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Setting;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceCodecs;
import dev.vap.shared.protocol.PreviewCodec;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.micrometer.MicrometerMetricsFactory;
import io.vertx.micrometer.MicrometerMetricsOptions;
import io.vertx.micrometer.VertxPrometheusOptions;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a service as a process of a cluster, or Vert.x for several of them inside one process. */
public final class Services {

    private static final Logger LOG = LoggerFactory.getLogger(Services.class);
    private static final long STOP_SECONDS = 20;

    /** The exit code of a process that is of no more use, though nothing is wrong with how it was set up: start it again. */
    public static final int UNUSABLE = 70;

    /** The service name of a process that runs all of them. */
    private static final String ALL_IN_ONE = "vap";

    private Services() {}

    /**
     * The main of a service: settings from environment, {@code --config FILE} and options; a clustered Vert.x; the service;
     * an orderly stop on SIGTERM. Any failure is told once, and the process exits with 2 if it is one of the configuration,
     * else with 1.
     */
    public static void main(Class<?> main, String name, String[] args, Function<ServiceContext, Deployable> service) {
        main(main, name, args, settings -> {}, service);
    }

    /**
     * @param main where it was called: what is run again under {@code SUPERVISE}
     * @param early what may begin before the cluster has formed, on threads of its own
     */
    public static void main(
            Class<?> main,
            String name,
            String[] args,
            Consumer<Settings> early,
            Function<ServiceContext, Deployable> service) {
        try {
            Optional<Settings> settings = parse(name, args);
            if (settings.isPresent() && settings.get().get(VapSettings.SUPERVISE) && !Supervisor.isChild()) {
                Logging.setLevel(settings.get().get(VapSettings.LOG_LEVEL));
                System.exit(Supervisor.run(name, main, args));
            } else if (settings.isPresent()) {
                if (Supervisor.isChild()) {
                    Supervisor.endWithParent();
                }
                early.accept(settings.get());
                run(name, settings.get(), service);
            }
        } catch (ConfigException e) {
            e.problems().forEach(problem -> System.err.println("vap " + name + ": " + problem));
            System.exit(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void run(String name, Settings settings, Function<ServiceContext, Deployable> service) {
        Logging.setLevel(settings.get(VapSettings.LOG_LEVEL));
        long started = System.nanoTime();
        clustered(Node.here(name), settings)
                .compose(context -> {
                    closeOnShutdown(context.vertx());
                    return context.vertx().deployVerticle(service.apply(context));
                })
                .onSuccess(id -> LOG.info("{} is up after {} ms", name, (System.nanoTime() - started) / 1_000_000))
                .onFailure(e -> {
                    if (e instanceof VapException || e instanceof ConfigException) {
                        LOG.error("{} could not start: {}", name, e.getMessage());
                        LOG.debug("caused by", e);
                    } else {
                        LOG.error("{} could not start: {}", name, e.getMessage(), e);
                    }
                    exit(e instanceof ConfigException ? 2 : 1);
                });
    }

    /** Ends this process in order; may be called on any thread, and returns at once. */
    public static void exit(int code) {
        // Not from here: the shutdown hook waits for event loops.
        new Thread(() -> System.exit(code), "vap-exit").start();
    }

    /** Vert.x without a cluster: everything in this process. */
    public static ServiceContext local(Settings settings) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        Vertx vertx = Vertx.builder()
                .with(options())
                .withMetrics(new MicrometerMetricsFactory(registry))
                .build();
        Node node = Node.here(ALL_IN_ONE);
        ClusterView cluster = ClusterView.local(settings.get(VapSettings.CLUSTER_NAME), node);
        return context(vertx, settings, registry, node, cluster);
    }

    /** Vert.x as a member of a cluster; see {@link Clustering}. */
    static Future<ServiceContext> clustered(Node node, Settings settings) {
        PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        return new Clustering(settings, node)
                .join(Vertx.builder().withMetrics(new MicrometerMetricsFactory(registry)), options())
                .map(joined -> context(joined.vertx(), settings, registry, node, joined.view()));
    }

    private static ServiceContext context(
            Vertx vertx, Settings settings, PrometheusMeterRegistry registry, Node node, ClusterView cluster) {
        InferenceCodecs.register(vertx.eventBus());
        PreviewCodec.register(vertx.eventBus());
        NativeHeap.trimRegularly(vertx);
        return new ServiceContext(vertx, settings, registry, InstantSource.system(), node, cluster);
    }

    private static VertxOptions options() {
        return new VertxOptions()
                .setPreferNativeTransport(false)
                .setMetricsOptions(new MicrometerMetricsOptions()
                        .setEnabled(true)
                        .setPrometheusOptions(new VertxPrometheusOptions().setEnabled(true)));
    }

    /** Waits for {@code vertx.close()}, so that sessions are handed over and leases released. */
    private static void closeOnShutdown(Vertx vertx) {
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            CountDownLatch closed = new CountDownLatch(1);
                            vertx.close().onComplete(done -> closed.countDown());
                            try {
                                if (!closed.await(STOP_SECONDS, TimeUnit.SECONDS)) {
                                    System.err.println("not closed after " + STOP_SECONDS + " s");
                                }
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        },
                        "vap-shutdown"));
    }

    /** Empty if only help was asked for, which is printed then. */
    static Optional<Settings> parse(String name, String[] args) {
        Map<String, String> options = new HashMap<>();
        Optional<Path> file = Optional.empty();
        for (int i = 0; i < args.length; i++) {
            String arg = args[i];
            if (arg.equals("--help") || arg.equals("-h")) {
                printHelp(name);
                return Optional.empty();
            }
            int equals = arg.indexOf('=');
            String option = equals > 0 ? arg.substring(0, equals) : arg;
            if (!option.startsWith("--")) {
                throw new ConfigException(java.util.List.of("\"" + arg + "\" is no option; --help lists them."));
            }
            String value;
            if (equals > 0) {
                value = arg.substring(equals + 1);
            } else if (isFlag(option) && (i + 1 == args.length || args[i + 1].startsWith("--"))) {
                value = "true";
            } else if (i + 1 < args.length) {
                value = args[++i];
            } else {
                throw new ConfigException(java.util.List.of(option + " needs a value; --help lists the options."));
            }
            if (option.equals("--config")) {
                file = Optional.of(Path.of(value));
            } else {
                options.put(option.substring(2).toUpperCase(Locale.ROOT).replace('-', '_'), value);
            }
        }
        return Optional.of(Settings.load(System.getenv(), file, options));
    }

    private static boolean isFlag(String option) {
        return VapSettings.ALL.stream().anyMatch(s -> s.flag() && s.option().equals(option));
    }

    private static void printHelp(String name) {
        System.out.println("Usage: vap " + name + " [--config FILE] [--OPTION VALUE]...");
        System.out.println("Settings come from the environment, the config file and options, the last one wins.");
        for (Setting<?> s : VapSettings.ALL) {
            String fallback = s.defaultText() == null ? "" : " [" + s.defaultText() + "]";
            System.out.printf(Locale.ROOT, "  %-28s %s%s%n", s.option(), s.description(), fallback);
        }
    }
}

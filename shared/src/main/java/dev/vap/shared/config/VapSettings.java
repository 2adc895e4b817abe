package dev.vap.shared.config;

import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Every setting there is, in the order in which the README lists them. */
public final class VapSettings {

    public static final Setting<String> DATABASE_URL = new Setting<>(
            "DATABASE_URL",
            "PostgreSQL to use, postgresql://user:password@host:port/database; none: the embedded one (standalone only)",
            null,
            SettingForms::databaseUrl,
            true,
            false);

    public static final Setting<Integer> DATABASE_POOL_SIZE =
            plain("DATABASE_POOL_SIZE", "connections to PostgreSQL per process", "8", Parsers.integer(2, 200));

    public static final Setting<List<String>> KAFKA_BOOTSTRAP_SERVERS = plain(
            "KAFKA_BOOTSTRAP_SERVERS",
            "Kafka brokers, host:port,host:port; none: the embedded one (standalone only)",
            null,
            SettingForms::brokers);

    public static final Setting<String> KAFKA_TOPIC_PREFIX = plain(
            "KAFKA_TOPIC_PREFIX",
            "put before every topic name, so that installations can share a Kafka cluster",
            "",
            Parsers.matching("[a-zA-Z0-9._-]{0,100}", "letters, digits, dots, dashes and underscores"));

    public static final Setting<Integer> KAFKA_PARTITIONS = plain(
            "KAFKA_PARTITIONS",
            "partitions of the topics VAP creates: so many APIs can store results beside each other; default 6, and 1 in"
                    + " the broker inside `vap up` and `vap demo`",
            null,
            Parsers.integer(1, 1000));

    public static final Setting<String> HTTP_HOST =
            plain("HTTP_HOST", "address the API listens on", "127.0.0.1", SettingForms::notBlank);

    public static final Setting<Integer> HTTP_PORT =
            plain("HTTP_PORT", "port of the API; 0 takes a free one", "8080", Parsers.integer(0, 65535));

    public static final Setting<List<String>> HTTP_CORS_ORIGINS = plain(
            "HTTP_CORS_ORIGINS",
            "other origins whose pages may use the API, such as https://vms.example.org; * for all",
            "",
            SettingForms::origins);

    public static final Setting<Integer> HTTP_MAX_CONNECTIONS = plain(
            "HTTP_MAX_CONNECTIONS",
            "connections of clients to one API; beyond them, those that have asked for nothing yet make room",
            "8192",
            Parsers.integer(16, 1_000_000));

    public static final Setting<String> LOG_LEVEL = plain(
            "LOG_LEVEL",
            "error, warn, info, debug or trace",
            "info",
            Parsers.oneOf("error", "warn", "info", "debug", "trace"));

    public static final Setting<Path> DATA_DIR = plain(
            "DATA_DIR", "where the embedded servers, models and clips are kept between runs", "~/.vap", Parsers::path);

    public static final Setting<Path> MODEL_DIR =
            plain("MODEL_DIR", "folder of .onnx files; default DATA_DIR/models", null, Parsers::path);

    public static final Setting<Path> MEDIA_ROOT = plain(
            "MEDIA_ROOT", "the API opens files under this folder only; default DATA_DIR/media", null, Parsers::path);

    public static final Setting<String> DEFAULT_MODEL = plain(
            "DEFAULT_MODEL",
            "model of scenarios that name none",
            "yolox-nano",
            Parsers.matching("[a-zA-Z0-9._-]{1,100}", "the name of a model"));

    public static final Setting<Double> VIDEO_FPS = plain(
            "VIDEO_FPS",
            "analysed frames a second of live sources; files are analysed frame by frame",
            "5",
            Parsers.real(0, 1000));

    public static final Setting<Integer> MAX_WORKERS =
            plain("MAX_WORKERS", "scenarios one runner runs at once", "16", Parsers.integer(1, 10_000));

    /** A session that opens its source has a thread; one that invents its results has none. */
    public static final int MAX_REAL_WORKERS = 1_000;

    public static final Setting<String> RUNNER_ID = plain(
            "RUNNER_ID",
            "name of this runner, unique in the cluster; default host name and a random part",
            null,
            Parsers.matching("[a-zA-Z0-9._-]{1,100}", "1 to 100 letters, digits, dots, dashes and underscores"));

    public static final Setting<Duration> RUNNER_LEASE = plain(
            "RUNNER_LEASE",
            "a runner that has not renewed its lease for so long is taken for lost",
            "2s",
            Parsers.duration(Duration.ofMillis(500), Duration.ofMinutes(5)));

    public static final Setting<Duration> RUNNER_HEARTBEAT = plain(
            "RUNNER_HEARTBEAT",
            "how often a runner renews its lease and reports; at most a third of RUNNER_LEASE",
            "500ms",
            Parsers.duration(Duration.ofMillis(50), Duration.ofMinutes(1)));

    public static final Setting<Integer> START_ATTEMPTS = plain(
            "START_ATTEMPTS",
            "a scenario whose source fails so often without a frame in between is given up",
            "5",
            Parsers.integer(1, 1000));

    public static final Setting<Integer> QUARANTINE_AFTER = plain(
            "QUARANTINE_AFTER",
            "a scenario whose runner died so often within ten minutes while running it is made inactive",
            "3",
            Parsers.integer(1, 1_000_000));

    public static final Setting<Set<SourceUrl.Scheme>> SOURCE_SCHEMES = plain(
            "SOURCE_SCHEMES",
            "kinds of sources that scenarios may use",
            "file,rtsp,rtsps,onvif,http,https,rtmp,rtmps,srt,udp,rtp,v4l2",
            SettingForms::schemes);

    public static final Setting<AddressRules> SOURCE_ALLOW_ADDRESSES = plain(
            "SOURCE_ALLOW_ADDRESSES",
            "link-local addresses or networks, such as 169.254.10.0/24, that sources may be at; others are refused",
            "",
            SettingForms::addresses);

    public static final Setting<Path> SOURCE_CA_FILE = plain(
            "SOURCE_CA_FILE",
            "PEM file of certificate authorities for sources with tls_verify; default: those of Java",
            null,
            Parsers::path);

    public static final Setting<Duration> SOURCE_CONNECT_TIMEOUT = plain(
            "SOURCE_CONNECT_TIMEOUT",
            "a source that has not told what it sends by then is tried again",
            "10s",
            Parsers.duration(Duration.ofMillis(100), Duration.ofMinutes(5)));

    public static final Setting<Duration> SOURCE_FIRST_FRAME_TIMEOUT = plain(
            "SOURCE_FIRST_FRAME_TIMEOUT",
            "a source without a decoded frame so long after connecting is tried again",
            "15s",
            Parsers.duration(Duration.ofMillis(100), Duration.ofMinutes(5)));

    public static final Setting<Duration> SOURCE_SILENCE_TIMEOUT = plain(
            "SOURCE_SILENCE_TIMEOUT",
            "a live source without a new frame for so long is connected anew",
            "10s",
            Parsers.duration(Duration.ofMillis(100), Duration.ofHours(1)));

    public static final Setting<Duration> SOURCE_BACKOFF_MIN = plain(
            "SOURCE_BACKOFF_MIN",
            "pause after the first failed attempt at a live source; doubled after each further one",
            "1s",
            Parsers.duration(Duration.ofMillis(10), Duration.ofMinutes(10)));

    public static final Setting<Duration> SOURCE_BACKOFF_MAX = plain(
            "SOURCE_BACKOFF_MAX",
            "longest pause between attempts at a live source",
            "30s",
            Parsers.duration(Duration.ofMillis(10), Duration.ofHours(1)));

    public static final Setting<Duration> SOURCE_UNAUTHORIZED_PAUSE = plain(
            "SOURCE_UNAUTHORIZED_PAUSE",
            "pause after wrong credentials, so that the camera does not lock the account",
            "1m",
            Parsers.duration(Duration.ofMillis(10), Duration.ofHours(24)));

    public static final Setting<Integer> SOURCE_ATTEMPTS_PER_MINUTE = plain(
            "SOURCE_ATTEMPTS_PER_MINUTE",
            "connection attempts of one runner to one host and port a minute; further ones wait",
            "60",
            Parsers.integer(1, 100_000));

    public static final Setting<Map<SourceFault, Integer>> SOURCE_GIVE_UP = plain(
            "SOURCE_GIVE_UP",
            "faults that end the scenario of a live source, and after how many attempts in a row; others are retried for"
                    + " ever",
            "not_found=20,not_a_video=3,no_video_stream=3,unsupported_codec=3,unsupported_transport=3,too_large=3,"
                    + "not_allowed=1",
            SettingForms::giveUp);

    public static final Setting<Long> VIDEO_MAX_PIXELS =
            plain("VIDEO_MAX_PIXELS", "sources with more pixels a frame are refused", "67108864", text ->
                    (long) Parsers.integer(1, 715_000_000).apply(text));

    public static final Setting<Long> MEDIA_MAX_BYTES =
            plain("MEDIA_MAX_BYTES", "largest file that can be uploaded", "10g", Parsers.bytes(1, 1L << 50));

    public static final Setting<Boolean> SIMULATE = flag(
            "SIMULATE", "a runner that invents its results and opens no source, to measure the rest of the system");

    public static final Setting<Double> SIMULATE_FPS =
            plain("SIMULATE_FPS", "invented results a second and session", "1", Parsers.real(0.001, 1000));

    public static final Setting<String> SIMULATE_HALT_ON = plain(
            "SIMULATE_HALT_ON",
            "a simulating runner given a camera URL with this text in it dies at once, to try out quarantine",
            null,
            SettingForms::notBlank);

    public static final Setting<Duration> STOP_DEADLINE = plain(
            "STOP_DEADLINE",
            "a runner that has not confirmed a stop by then is not waited for",
            "10s",
            Parsers.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)));

    public static final Setting<Integer> INFERENCE_THREADS = plain(
            "INFERENCE_THREADS",
            "frames analysed at the same time per process; 0: one per core",
            "0",
            Parsers.integer(0, 256));

    public static final Setting<String> INFERENCE_PROVIDER = plain(
            "INFERENCE_PROVIDER",
            "what runs ONNX models: cpu, cuda, tensorrt, openvino, coreml, directml or xnnpack; cuda:1 for a second device",
            "cpu",
            Parsers.matching(
                    "(cpu|cuda|tensorrt|openvino|coreml|directml|xnnpack)(:[A-Za-z0-9_.,-]{1,40})?",
                    "one of cpu, cuda, tensorrt, openvino, coreml, directml, xnnpack, with a device as in cuda:1"));

    public static final Setting<Boolean> INFERENCE_PROVIDER_FALLBACK = flag(
            "INFERENCE_PROVIDER_FALLBACK",
            "true: where that is not to be had, the CPU runs them; false: it is an error");

    public static final Setting<Integer> INFERENCE_MAX_BATCH = plain(
            "INFERENCE_MAX_BATCH",
            "pictures in one run, for models that allow it; 0: 1 on the CPU, 8 elsewhere",
            "0",
            Parsers.integer(0, 256));

    public static final Setting<Duration> INFERENCE_MAX_DELAY = plain(
            "INFERENCE_MAX_DELAY",
            "how long a picture waits for others to come into its run",
            "2ms",
            Parsers.duration(Duration.ZERO, Duration.ofSeconds(1)));

    public static final Setting<Integer> INFERENCE_QUEUE = plain(
            "INFERENCE_QUEUE",
            "frames that may wait per model; a full queue refuses at once",
            "256",
            Parsers.integer(1, 10_000));

    public static final Setting<Duration> INFERENCE_TIMEOUT = plain(
            "INFERENCE_TIMEOUT",
            "a frame of a file not analysed by then is sent again; one of a live source is dropped after a second",
            "30s",
            Parsers.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)));

    public static final Setting<Duration> INFERENCE_HANG_LIMIT = plain(
            "INFERENCE_HANG_LIMIT",
            "after so long the analysis of a frame counts as stuck: the frame fails, others go on on a new thread",
            "20s",
            Parsers.duration(Duration.ofSeconds(1), Duration.ofMinutes(10)));

    public static final Setting<Boolean> SUPERVISE =
            flag("SUPERVISE", "this process only starts the service as a child, and starts it again when it crashes");

    public static final Setting<Integer> RESULTS_RETENTION_DAYS = plain(
            "RESULTS_RETENTION_DAYS",
            "stored results older than this are dropped, a day at a time",
            "30",
            Parsers.integer(1, 36_500));

    public static final Setting<String> CLUSTER_NAME =
            plain("CLUSTER_NAME", "processes of another name are not joined", "vap", SettingForms::notBlank);

    public static final Setting<String> CLUSTER_HOST =
            plain("CLUSTER_HOST", "address of this process for the other members", "127.0.0.1", SettingForms::notBlank);

    public static final Setting<Integer> CLUSTER_PORT = plain(
            "CLUSTER_PORT",
            "first port tried for Hazelcast; up to 20 processes share a host",
            "5701",
            Parsers.integer(1, 65_000));

    public static final Setting<List<String>> CLUSTER_MEMBERS =
            plain("CLUSTER_MEMBERS", "hosts (or host:port) to look for members at", "127.0.0.1", Parsers::list);

    public static final Setting<String> CLUSTER_KUBERNETES_SERVICE = plain(
            "CLUSTER_KUBERNETES_SERVICE",
            "look for members behind this headless service (its DNS name) instead of CLUSTER_MEMBERS",
            null,
            SettingForms::notBlank);

    public static final Setting<Integer> CLUSTER_MINIMUM_SIZE = plain(
            "CLUSTER_MINIMUM_SIZE",
            "members below which this side of a split takes no cluster locks; 1: no such check",
            "1",
            Parsers.integer(1, 1000));

    public static final Setting<String> EVENT_BUS_HOST =
            plain("EVENT_BUS_HOST", "address of the event bus; default CLUSTER_HOST", null, SettingForms::notBlank);

    public static final Setting<Integer> EVENT_BUS_PORT =
            plain("EVENT_BUS_PORT", "port of the event bus; 0 takes a free one", "0", Parsers.integer(0, 65_535));

    public static final Setting<Path> EVENT_BUS_TLS_KEYSTORE = plain(
            "EVENT_BUS_TLS_KEYSTORE",
            "PKCS#12 file with the key and certificate of this process: turns TLS on for the event bus",
            null,
            Parsers::path);

    public static final Setting<Path> EVENT_BUS_TLS_TRUSTSTORE = plain(
            "EVENT_BUS_TLS_TRUSTSTORE",
            "PKCS#12 file with the certificate authority that all members' certificates come from",
            null,
            Parsers::path);

    public static final Setting<String> EVENT_BUS_TLS_PASSWORD =
            secret("EVENT_BUS_TLS_PASSWORD", "password of both files");

    public static final List<Setting<?>> ALL = List.of(
            DATABASE_URL,
            DATABASE_POOL_SIZE,
            KAFKA_BOOTSTRAP_SERVERS,
            KAFKA_TOPIC_PREFIX,
            KAFKA_PARTITIONS,
            HTTP_HOST,
            HTTP_PORT,
            HTTP_CORS_ORIGINS,
            HTTP_MAX_CONNECTIONS,
            LOG_LEVEL,
            DATA_DIR,
            MODEL_DIR,
            MEDIA_ROOT,
            DEFAULT_MODEL,
            VIDEO_FPS,
            MAX_WORKERS,
            RUNNER_ID,
            RUNNER_LEASE,
            RUNNER_HEARTBEAT,
            START_ATTEMPTS,
            QUARANTINE_AFTER,
            SOURCE_SCHEMES,
            SOURCE_ALLOW_ADDRESSES,
            SOURCE_CA_FILE,
            SOURCE_CONNECT_TIMEOUT,
            SOURCE_FIRST_FRAME_TIMEOUT,
            SOURCE_SILENCE_TIMEOUT,
            SOURCE_BACKOFF_MIN,
            SOURCE_BACKOFF_MAX,
            SOURCE_UNAUTHORIZED_PAUSE,
            SOURCE_ATTEMPTS_PER_MINUTE,
            SOURCE_GIVE_UP,
            VIDEO_MAX_PIXELS,
            MEDIA_MAX_BYTES,
            SIMULATE,
            SIMULATE_FPS,
            SIMULATE_HALT_ON,
            STOP_DEADLINE,
            INFERENCE_THREADS,
            INFERENCE_PROVIDER,
            INFERENCE_PROVIDER_FALLBACK,
            INFERENCE_MAX_BATCH,
            INFERENCE_MAX_DELAY,
            INFERENCE_QUEUE,
            INFERENCE_TIMEOUT,
            INFERENCE_HANG_LIMIT,
            SUPERVISE,
            RESULTS_RETENTION_DAYS,
            CLUSTER_NAME,
            CLUSTER_HOST,
            CLUSTER_PORT,
            CLUSTER_MEMBERS,
            CLUSTER_KUBERNETES_SERVICE,
            CLUSTER_MINIMUM_SIZE,
            EVENT_BUS_HOST,
            EVENT_BUS_PORT,
            EVENT_BUS_TLS_KEYSTORE,
            EVENT_BUS_TLS_TRUSTSTORE,
            EVENT_BUS_TLS_PASSWORD);

    private VapSettings() {}

    private static <T> Setting<T> plain(
            String key, String description, String defaultText, Function<String, T> parser) {
        return new Setting<>(key, description, defaultText, parser, false, false);
    }

    private static Setting<Boolean> flag(String key, String description) {
        return new Setting<>(key, description, "false", SettingForms::bool, false, true);
    }

    private static Setting<String> secret(String key, String description) {
        return new Setting<>(key, description, null, SettingForms::notBlank, true, false);
    }
}

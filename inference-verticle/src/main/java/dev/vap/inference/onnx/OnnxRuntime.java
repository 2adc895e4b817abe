package dev.vap.inference.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.runtime.NativeCache;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The environment that all sessions of this JVM share, and how sessions are set up. */
public final class OnnxRuntime {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxRuntime.class);

    /** Where ONNX Runtime looks for its libraries before it unpacks its own. */
    private static final String LIBRARY_PATH = "onnxruntime.native.path";

    private OnnxRuntime() {}

    /**
     * Loads the native library at the first call (some 50 ms, a second when it must be unpacked), so call it off the event
     * loop.
     *
     * @throws VapException if there is no ONNX Runtime for this platform
     */
    public static OrtEnvironment environment() {
        return Holder.get();
    }

    /**
     * One thread a run unless the tuning says more: on a CPU, runs side by side beat threads inside a run (139 to 90 frames/s
     * on two cores), and idle threads must not spin. The memory arena stays on, and as all workers of a model share its
     * session, they share the arena: without it the C library's allocator keeps 0.3 to 1 GB for two threads, with it 18 MB a
     * thread.
     *
     * @return the caller's to close, once the session is made
     */
    static SessionOptions options(Tuning tuning) throws OrtException {
        SessionOptions options = new SessionOptions();
        options.setIntraOpNumThreads(tuning.intraThreads());
        options.setInterOpNumThreads(1);
        options.setExecutionMode(SessionOptions.ExecutionMode.SEQUENTIAL);
        options.setOptimizationLevel(
                switch (tuning.optimisation()) {
                    case BASIC -> SessionOptions.OptLevel.BASIC_OPT;
                    case EXTENDED -> SessionOptions.OptLevel.EXTENDED_OPT;
                    case ALL -> SessionOptions.OptLevel.ALL_OPT;
                });
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        return options;
    }

    /**
     * A session on the CPU. A network that begins as {@link FocusPattern} describes is rewritten in memory, so that it takes
     * less time for the same answers; other providers are given files as they are, see {@code docs/adr/0018}.
     *
     * @param file that has been checked with {@link OnnxFile}
     * @return the caller's to close
     */
    public static OrtSession open(Path file, Tuning tuning) throws OrtException {
        OrtEnvironment environment = environment();
        try (SessionOptions options = options(tuning)) {
            Optional<byte[]> rewritten = FocusFusion.of(file);
            if (rewritten.isPresent()) {
                try {
                    OrtSession session = environment.createSession(rewritten.get(), options);
                    LOG.debug("{}: its Focus layer is run as one convolution", file.getFileName());
                    return session;
                } catch (OrtException e) {
                    // The file itself says better what is wrong with it.
                    LOG.debug("{} can't be run as it was rewritten", file.getFileName(), e);
                }
            }
            return environment.createSession(file.toString(), options);
        }
    }

    /** Of the library that is loaded; loads it. */
    public static String version() {
        return environment().getVersion();
    }

    static String platform() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        boolean arm = arch.equals("aarch64") || arch.equals("arm64");
        if (os.contains("win")) {
            return "win-x64";
        }
        return (os.contains("mac") ? "osx-" : "linux-") + (arm ? "aarch64" : "x64");
    }

    private static final class Holder {

        private static OrtEnvironment environment;

        private static synchronized OrtEnvironment get() {
            if (environment == null) {
                environment = create();
            }
            return environment;
        }

        private static OrtEnvironment create() {
            provideLibraries();
            try {
                OrtEnvironment created = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "vap");
                created.setTelemetry(false);
                return created;
            } catch (OrtException | LinkageError | IllegalStateException e) {
                throw new VapException(
                        ErrorCode.INFERENCE_FAILED,
                        "ONNX Runtime can't be loaded on " + System.getProperty("os.name") + " "
                                + System.getProperty("os.arch") + ": it needs a 64-bit Linux, macOS or Windows.",
                        e);
            }
        }

        private static void provideLibraries() {
            if (System.getProperty(LIBRARY_PATH) != null) {
                return;
            }
            String folder = "/ai/onnxruntime/native/" + platform() + "/";
            // Those of providers are in the jar for GPUs only, and are looked for beside the first.
            List<String> libraries = Stream.of(
                            "onnxruntime",
                            "onnxruntime4j_jni",
                            "onnxruntime_providers_shared",
                            "onnxruntime_providers_cuda",
                            "onnxruntime_providers_tensorrt")
                    .map(library -> folder + System.mapLibraryName(library))
                    .filter(resource ->
                            !resource.contains("providers") || OnnxRuntime.class.getResource(resource) != null)
                    .toList();
            try {
                System.setProperty(
                        LIBRARY_PATH,
                        NativeCache.unpack("onnxruntime", libraries).toString());
            } catch (IOException e) {
                LOG.debug("ONNX Runtime unpacks its libraries itself", e);
            }
        }
    }
}

package dev.vap.inference.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import dev.vap.inference.model.Provider;
import dev.vap.inference.model.Tuning;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session and what executes it. Whether the provider that was asked for is really in use shows in the first run: until
 * {@link #confirm} has been called after it, the session of another provider than the CPU keeps a profile.
 */
final class Execution {

    private static final Logger LOG = LoggerFactory.getLogger(Execution.class);

    private final OrtSession session;
    private final Provider.Choice asked;
    private final boolean fallback;
    private final Path profiles;
    private String provider;

    private Execution(OrtSession session, Provider.Choice asked, boolean fallback, Path profiles) {
        this.session = session;
        this.asked = asked;
        this.fallback = fallback;
        this.profiles = profiles;
        this.provider = asked.toString();
    }

    /**
     * Opens a network with the provider that is asked for, or with the CPU if that is allowed.
     *
     * @throws OrtException if the network can't be run by whatever provider
     * @throws VapException {@code model_unsupported} if the provider can't be had, or not for this network
     */
    static Execution open(String name, Path file, Tuning tuning) throws OrtException {
        Provider.Choice choice = Provider.parse(tuning.provider())
                .orElseThrow(() -> new VapException(
                        ErrorCode.MODEL_UNSUPPORTED,
                        "There is no provider \"" + tuning.provider() + "\": use one of " + Provider.names() + "."));
        if (choice.provider() == Provider.CPU) {
            return onCpu(file, tuning);
        }
        OnnxRuntime.environment();
        String why;
        Exception cause = null;
        if (Providers.available(choice.provider())) {
            try {
                return on(choice, file, tuning);
            } catch (OrtException | IOException e) {
                // Whether it is the provider's fault or the network's, the CPU shows: it throws what is wrong with the
                // network.
                why = "this network or this machine is not fit for it (" + detail(e) + ")";
                cause = e;
            }
        } else {
            why = "this ONNX Runtime does not have it";
        }
        Execution cpu = onCpu(file, tuning);
        if (tuning.fallback()) {
            LOG.warn(
                    "model {} runs on the CPU, {} can't be used: {}; {}",
                    name,
                    choice,
                    why,
                    Providers.advice(choice.provider()));
            return cpu;
        }
        VapException refusal = refusal(name, choice, why, cause);
        try {
            cpu.session.close();
        } catch (OrtException e) {
            refusal.addSuppressed(e);
        }
        throw refusal;
    }

    OrtSession session() {
        return session;
    }

    /** What really executes it: {@code cuda}, {@code cuda:1}, {@code cpu}. */
    String provider() {
        return provider;
    }

    /**
     * To be called after the first run, once.
     *
     * @throws VapException {@code model_unsupported} if nothing of the network ran where it was wanted; the session is still
     *     the caller's to close
     */
    void confirm(String name) throws OrtException {
        if (profiles == null) {
            return;
        }
        Path profile = Path.of(session.endProfiling());
        try {
            Placement placement = Placement.read(profile);
            if (placement.on(Providers.name(asked.provider())) > 0) {
                LOG.info("model {} runs on {}: operators {}", name, asked, placement);
                return;
            }
            String why = "none of the network's operators ran there (" + placement + ")";
            if (!fallback) {
                throw refusal(name, asked, why, null);
            }
            LOG.warn("model {} runs on the CPU, {} can't be used: {}", name, asked, why);
            provider = Provider.CPU.wire();
        } catch (IOException e) {
            LOG.warn("it can't be seen whether model {} really runs on {}", name, asked, e);
        } finally {
            discard(profile, profiles);
        }
    }

    /** Clears away what a session that was closed before it was confirmed has left behind. */
    void discard() {
        if (profiles == null) {
            return;
        }
        try (Stream<Path> files = Files.list(profiles)) {
            files.forEach(Execution::discard);
        } catch (IOException e) {
            LOG.debug("{} can't be looked at", profiles, e);
        }
        discard(profiles);
    }

    private static Execution onCpu(Path file, Tuning tuning) throws OrtException {
        Provider.Choice cpu = new Provider.Choice(Provider.CPU, null);
        return new Execution(OnnxRuntime.open(file, tuning), cpu, false, null);
    }

    private static Execution on(Provider.Choice choice, Path file, Tuning tuning) throws OrtException, IOException {
        Path profiles = Files.createTempDirectory("vap-onnx-");
        try (SessionOptions options = OnnxRuntime.options(tuning)) {
            Providers.add(options, choice, tuning.intraThreads(), file);
            options.enableProfiling(profiles.resolve("profile").toString());
            OrtSession session = OnnxRuntime.environment().createSession(file.toString(), options);
            return new Execution(session, choice, tuning.fallback(), profiles);
        } catch (OrtException e) {
            discard(profiles);
            throw e;
        }
    }

    private static VapException refusal(String name, Provider.Choice choice, String why, Exception cause) {
        return new VapException(
                ErrorCode.MODEL_UNSUPPORTED,
                "The model \"" + name + "\" is to run on " + choice + ", but " + why + ": "
                        + Providers.advice(choice.provider())
                        + ". Or allow the CPU with \"fallback: true\" or INFERENCE_PROVIDER_FALLBACK=true.",
                cause);
    }

    /** What ONNX Runtime says at the end of what it says, without its own source lines and paths of this machine. */
    static String detail(Exception e) {
        String text = String.valueOf(e.getMessage()).replaceAll("\\s+", " ").replaceAll("/\\S*/", "");
        String last = text.substring(text.lastIndexOf(" : FAIL : ") < 0 ? 0 : text.lastIndexOf(" : FAIL : ") + 10)
                .replaceFirst("^Error code - \\w+ - message: ", "")
                .strip();
        return last.length() > 200 ? last.substring(0, 200) + "..." : last;
    }

    private static void discard(Path... paths) {
        for (Path path : paths) {
            try {
                Files.deleteIfExists(path);
            } catch (IOException e) {
                LOG.debug("{} stays behind", path, e);
            }
        }
    }
}

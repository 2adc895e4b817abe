package dev.vap.inference.tuning;

import com.sun.management.OperatingSystemMXBean;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Model;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.Placement;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Keeps a model busy for a while, as the service would: as many threads as workers, a detector each. */
final class Load {

    private static final int MAX_TIMES = 100_000;

    /** A run that has not come back by then is taken to hang. */
    private static final Duration HANGS = Duration.ofMinutes(2);

    private Load() {}

    /** A thread is still in the model: closing it would crash the process. */
    static final class HangingException extends VapException {

        private static final long serialVersionUID = 1;

        HangingException(VapException cause) {
            super(
                    ErrorCode.INFERENCE_FAILED,
                    "A run did not end within " + HANGS.toMinutes() + " minutes: this way hangs.",
                    cause);
        }
    }

    /**
     * @throws HangingException if a run does not come back; the model must not be closed then
     * @throws VapException if a run fails
     */
    static Sample run(Model model, Candidate candidate, Duration length) {
        List<Detector> detectors = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(candidate.workers(), work -> {
            Thread thread = new Thread(work, "vap-bench");
            thread.setDaemon(true);
            return thread;
        });
        try {
            for (int i = 0; i < candidate.workers(); i++) {
                detectors.add(model.newDetector());
            }
            List<InferenceRequest> pictures =
                    Collections.nCopies(candidate.batch(), picture(model.info().input()));
            // Memory is laid out in the first run.
            together(threads, detectors, Duration.ZERO, detector -> () -> worker(detector, pictures, Duration.ZERO));
            long cpu = cpuNanos();
            long start = System.nanoTime();
            List<List<Long>> times =
                    together(threads, detectors, length, detector -> () -> worker(detector, pictures, length));
            double seconds = (System.nanoTime() - start) / 1e9;
            double cpuMillis = cpu < 0 ? Double.NaN : (cpuNanos() - cpu) / 1e6;
            double[] all = times.stream()
                    .flatMap(List::stream)
                    .mapToDouble(nanos -> nanos / 1e6)
                    .toArray();
            long frames = (long) all.length * candidate.batch();
            end(threads, detectors);
            return new Sample(frames / seconds, Sample.median(all), cpuMillis / frames);
        } catch (VapException e) {
            // The others may still be at work, in native code that knows no interrupt.
            if (!end(threads, detectors)) {
                throw new HangingException(e);
            }
            throw e;
        }
    }

    /**
     * Waits for the runs that are under way.
     *
     * @return false if one does not end: it is left alone with its detector, and the process will end soon
     */
    private static boolean end(ExecutorService threads, List<Detector> detectors) {
        threads.shutdownNow();
        try {
            if (threads.awaitTermination(HANGS.toMillis(), TimeUnit.MILLISECONDS)) {
                detectors.forEach(Detector::close);
                return true;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private interface Work {
        Callable<List<Long>> with(Detector detector);
    }

    /**
     * @param length of the work, in which a run may have just begun
     */
    private static List<List<Long>> together(
            ExecutorService threads, List<Detector> detectors, Duration length, Work work) {
        List<Future<List<Long>>> running = new ArrayList<>();
        for (Detector detector : detectors) {
            running.add(threads.submit(work.with(detector)));
        }
        List<List<Long>> out = new ArrayList<>();
        try {
            for (Future<List<Long>> one : running) {
                out.add(one.get(length.plus(HANGS).toMillis(), TimeUnit.MILLISECONDS));
            }
            return out;
        } catch (ExecutionException e) {
            throw e.getCause() instanceof VapException known
                    ? known
                    : new VapException(ErrorCode.INFERENCE_FAILED, "A run failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new VapException(ErrorCode.INFERENCE_FAILED, "A run did not end: this way hangs.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new VapException(ErrorCode.INFERENCE_FAILED, "The measurement was interrupted.", e);
        }
    }

    /** At least one run. Nanoseconds of each. */
    private static List<Long> worker(Detector detector, List<InferenceRequest> pictures, Duration length) {
        List<Long> times = new ArrayList<>();
        long start = System.nanoTime();
        long now = start;
        do {
            if (pictures.size() == 1) {
                detector.detect(pictures.get(0));
            } else {
                detector.detect(pictures);
            }
            long after = System.nanoTime();
            times.add(after - now);
            now = after;
        } while (now - start < length.toNanos() && times.size() < MAX_TIMES && !Thread.interrupted());
        return times;
    }

    /** Noise: no path through the network is quicker for it, and hardly anything is found in it. */
    private static InferenceRequest picture(InputSpec input) {
        byte[] noise = new byte[input.maxBytes()];
        new Random(1).nextBytes(noise);
        FrameBuffer pixels = FrameBuffer.unpooled(noise.length);
        ByteBuffer memory = pixels.memory().duplicate();
        memory.put(noise);
        return new InferenceRequest(
                "bench",
                0,
                -1,
                pixels,
                input.width(),
                input.height(),
                input.pixels().channels(),
                InferenceRequest.Encoding.RAW,
                input.width(),
                input.height(),
                Placement.scaled(1),
                Float.NaN,
                Float.NaN,
                List.of(),
                System.nanoTime() + TimeUnit.HOURS.toNanos(1));
    }

    private static long cpuNanos() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getProcessCpuTime()
                : -1;
    }
}

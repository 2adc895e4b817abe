package dev.vap.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.onnx.OnnxModel;
import dev.vap.inference.onnx.OnnxRuntime;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.VideoReader;
import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Each stage of the frame path alone, without VAP around it. */
final class RawLimits {

    private static final int SIZE = 416;

    private final Path model;
    private final Path clip;
    private final double seconds;

    RawLimits(Path model, Path clip, double seconds) {
        this.model = model;
        this.clip = clip;
        this.seconds = seconds;
    }

    /**
     * @param framesPerSecond with all threads
     * @param cpuMillis of all threads, per frame
     */
    record Rate(double framesPerSecond, double cpuMillis) {}

    /** One step of a stage; returns the frames it did. */
    @FunctionalInterface
    interface Step {
        int run() throws Exception;
    }

    /** {@code session.run} of the file as it is, on one session of one thread, called by so many threads. */
    Rate model(int threads) throws Exception {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.addConfigEntry("session.intra_op.allow_spinning", "0");
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toString(), options)) {
                return session(session, threads);
            }
        }
    }

    /** The same, of what VAP makes of the file as it loads it. */
    Rate loadedModel(int threads) throws Exception {
        try (OrtSession session = OnnxRuntime.open(model, Tuning.cpu(threads))) {
            return session(session, threads);
        }
    }

    private Rate session(OrtSession session, int threads) throws Exception {
        List<OnnxTensor> inputs = new ArrayList<>();
        List<Step> steps = new ArrayList<>();
        String name = session.getInputNames().iterator().next();
        for (int i = 0; i < threads; i++) {
            OnnxTensor input = randomInput(OrtEnvironment.getEnvironment());
            inputs.add(input);
            steps.add(() -> run(session, name, input));
        }
        try {
            return measure(steps);
        } finally {
            inputs.forEach(OnnxTensor::close);
        }
    }

    private static int run(OrtSession session, String name, OnnxTensor input) throws OrtException {
        try (OrtSession.Result result = session.run(Map.of(name, input))) {
            return result.size();
        }
    }

    private static OnnxTensor randomInput(OrtEnvironment environment) throws OrtException {
        FloatBuffer pixels = ByteBuffer.allocateDirect(3 * SIZE * SIZE * Float.BYTES)
                .order(ByteOrder.nativeOrder())
                .asFloatBuffer();
        java.util.Random random = new java.util.Random(1);
        while (pixels.hasRemaining()) {
            pixels.put(random.nextFloat() * 255);
        }
        return OnnxTensor.createTensor(environment, pixels.flip(), new long[] {1, 3, SIZE, SIZE});
    }

    /** Decoding to packed BGR, one thread. */
    Rate decode() throws Exception {
        VideoReader[] reader = {VideoReader.open(ReaderOptions.file(clip))};
        ByteBuffer bgr = ByteBuffer.allocateDirect(
                reader[0].info().width() * reader[0].info().height() * 3);
        try {
            return measure(List.of(() -> {
                if (!reader[0].next()) {
                    reader[0].close();
                    reader[0] = VideoReader.open(ReaderOptions.file(clip));
                    return 0;
                }
                reader[0].copyBgrTo(bgr.clear());
                return 1;
            }));
        } finally {
            reader[0].close();
        }
    }

    /** Letterboxing one frame again and again, one thread. */
    Rate letterbox() throws Exception {
        InputSpec spec = new InputSpec(SIZE, SIZE, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR);
        FrameBuffer target = FrameBuffer.unpooled(spec.maxBytes());
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip));
                Letterbox letterbox = new Letterbox(spec)) {
            reader.next();
            ByteBuffer bgr = reader.bgr();
            return measure(List.of(() -> {
                letterbox.apply(bgr, reader.frameWidth(), reader.frameHeight(), target);
                return 1;
            }));
        }
    }

    /** VAP's own detector: conversion to floats, the model, box decode, NMS; on so many threads. */
    Rate detector(int threads) throws Exception {
        InputSpec spec = new InputSpec(SIZE, SIZE, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR);
        FrameBuffer target = FrameBuffer.unpooled(spec.maxBytes());
        List<Detector> detectors = new ArrayList<>();
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip));
                Letterbox letterbox = new Letterbox(spec);
                OnnxModel loaded = OnnxModel.load("benchmark", model)) {
            reader.next();
            Scaling scaling = letterbox.apply(reader.bgr(), reader.frameWidth(), reader.frameHeight(), target);
            InferenceRequest request = new InferenceRequest(
                    "benchmark/1",
                    0,
                    0,
                    target,
                    spec.width(),
                    spec.height(),
                    spec.pixels().channels(),
                    InferenceRequest.Encoding.RAW,
                    reader.frameWidth(),
                    reader.frameHeight(),
                    scaling.placement(),
                    Float.NaN,
                    Float.NaN,
                    List.of(),
                    Long.MAX_VALUE);
            List<Step> steps = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Detector detector = loaded.newDetector();
                detectors.add(detector);
                steps.add(() -> {
                    var found = detector.detect(request);
                    return found == null ? 0 : 1;
                });
            }
            Rate rate = measure(steps);
            for (Detector detector : detectors) {
                detector.close();
            }
            return rate;
        }
    }

    /** Runs every step on a thread of its own, after a warm-up of a third of the time. */
    private Rate measure(List<Step> steps) throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(steps.size());
        try {
            loop(pool, steps, seconds / 3);
            double cpu = Machine.ownCpuSeconds();
            long start = System.nanoTime();
            long frames = loop(pool, steps, seconds);
            double wall = (System.nanoTime() - start) / 1e9;
            return new Rate(frames / wall, (Machine.ownCpuSeconds() - cpu) * 1000 / frames);
        } finally {
            pool.shutdown();
        }
    }

    private static long loop(ExecutorService pool, List<Step> steps, double seconds) throws Exception {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<Callable<Long>> loops = new ArrayList<>();
        for (Step step : steps) {
            loops.add(() -> {
                long n = 0;
                while (System.nanoTime() < end) {
                    n += step.run();
                }
                return n;
            });
        }
        long frames = 0;
        for (Future<Long> done : pool.invokeAll(loops)) {
            frames += done.get();
        }
        return frames;
    }
}

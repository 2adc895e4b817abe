package dev.vap.benchmarks;

import dev.vap.inference.model.Detector;
import dev.vap.inference.onnx.OnnxModel;
import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.VideoReader;
import dev.vap.runner.motion.MotionGate;
import dev.vap.runner.preprocess.Letterbox;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.MotionOptions;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What the motion gate saves and what it misses: the detector looks at every frame of a clip and the gate beside it, on one
 * thread. And the same of a frozen frame with the noise of a sensor, as of a camera at night.
 */
public final class MotionGateBenchmark {

    /** Weaker detections come and go from frame to frame by themselves. */
    private static final float CONFIDENCE = 0.4f;

    private static final int STILL_SECONDS = 40;
    private static final double STILL_FPS = 15;
    private static final double SENSOR_NOISE = 6;
    private static final long ASSUMED_FRAME_MILLIS = 40;

    private final Path model;

    private MotionGateBenchmark(Path model) {
        this.model = model;
    }

    /** What became of a clip; CPU in milliseconds of all frames together. */
    private static final class Run {
        final MissedObjects missed = new MissedObjects();
        long frames;
        long passed;
        double decodeMillis;
        double gateMillis;
        double analysisMillis;

        double perFrameWithout() {
            return (decodeMillis + analysisMillis) / frames;
        }

        double perFrameWith() {
            return (decodeMillis + gateMillis + analysisMillis * passed / frames) / frames;
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 2) {
            System.err.println("usage: MotionGateBenchmark MODEL_DIR CLIP");
            System.exit(2);
        }
        Path model = firstModel(Path.of(args[0]));
        Path clip = Path.of(args[1]);
        Path still = Files.createTempFile("still", ".mp4");
        try {
            writeStill(clip, still);
            MotionGateBenchmark benchmark = new MotionGateBenchmark(model);
            System.out.println("model " + model.getFileName() + ", detections from " + CONFIDENCE
                    + " on, defaults of the gate: " + MotionOptions.DEFAULTS.toJson());
            System.out.println(Figures.row(
                    "clip",
                    "frames",
                    "gated",
                    "CPU/frame without",
                    "with",
                    "gate alone",
                    "detections on gated frames",
                    "of these missed",
                    "objects",
                    "never analysed",
                    "latest seen after"));
            System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
            benchmark.print(String.valueOf(clip.getFileName()), benchmark.run(clip));
            benchmark.print("still, with noise", benchmark.run(still));
        } finally {
            Files.delete(still);
        }
    }

    private static Path firstModel(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(".onnx"))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no .onnx file in " + directory));
        }
    }

    private void print(String name, Run run) {
        MissedObjects missed = run.missed;
        System.out.println(Figures.row(
                name,
                run.frames,
                Figures.number(100.0 * (run.frames - run.passed) / run.frames, 1) + " %",
                Figures.number(run.perFrameWithout(), 2) + " ms",
                Figures.number(run.perFrameWith(), 2) + " ms",
                Figures.number(run.gateMillis / run.frames, 3) + " ms",
                missed.detectionsOnGated(),
                missed.missedDetections(),
                missed.objects(),
                missed.neverAnalysed(),
                missed.latestFrames() + " frames"));
    }

    private Run run(Path clip) {
        Run run = new Run();
        try (OnnxModel loaded = OnnxModel.load("gate", model)) {
            InputSpec spec = loaded.info().input();
            try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip));
                    MotionGate gate = new MotionGate(MotionOptions.DEFAULTS);
                    Letterbox letterbox = new Letterbox(spec);
                    Detector detector = loaded.newDetector()) {
                run(run, spec, reader, gate, letterbox, detector);
            }
        }
        return run;
    }

    private static void run(
            Run run, InputSpec spec, VideoReader reader, MotionGate gate, Letterbox letterbox, Detector detector) {
        FrameBuffer target = FrameBuffer.unpooled(spec.maxBytes());
        while (true) {
            double start = cpuMillis();
            if (!reader.next()) {
                return;
            }
            ByteBuffer bgr = reader.bgr();
            double decoded = cpuMillis();
            boolean passes = gate.look(bgr, reader.frameWidth(), reader.frameHeight(), millis(reader))
                    .passes();
            double gated = cpuMillis();
            Scaling scaling = letterbox.apply(bgr, reader.frameWidth(), reader.frameHeight(), target);
            List<Detection> found = detector.detect(request(reader, spec, scaling, target));
            double analysed = cpuMillis();
            run.frames++;
            run.passed += passes ? 1 : 0;
            run.decodeMillis += decoded - start;
            run.gateMillis += gated - decoded;
            run.analysisMillis += analysed - gated;
            run.missed.frame(found, passes);
        }
    }

    private static long millis(VideoReader reader) {
        return reader.ptsMillis() >= 0 ? reader.ptsMillis() : reader.frameNumber() * ASSUMED_FRAME_MILLIS;
    }

    /** Of this thread: a model has one thread, that of whoever asks it. */
    private static double cpuMillis() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() / 1e6;
    }

    private static InferenceRequest request(VideoReader reader, InputSpec spec, Scaling scaling, FrameBuffer target) {
        return new InferenceRequest(
                "gate/1",
                reader.frameNumber(),
                reader.ptsMillis(),
                target,
                scaling.inputWidth(),
                scaling.inputHeight(),
                spec.pixels().channels(),
                InferenceRequest.Encoding.RAW,
                reader.frameWidth(),
                reader.frameHeight(),
                scaling.placement(),
                CONFIDENCE,
                Float.NaN,
                List.of(),
                Long.MAX_VALUE);
    }

    /** The middle frame of a clip, again and again, with new noise in each. */
    private static void writeStill(Path clip, Path target) {
        Random random = new Random(1);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip))) {
            reader.skipTo(Math.max(0, reader.info().frameCount() / 2));
            reader.next();
            int width = reader.frameWidth();
            int height = reader.frameHeight();
            byte[] frozen = new byte[width * height * 3];
            reader.bgr().get(0, frozen);
            byte[] noisy = new byte[frozen.length];
            ByteBuffer bgr = ByteBuffer.allocateDirect(frozen.length);
            try (ClipEncoder encoder = ClipEncoder.open(ClipOptions.of(target, width, height, STILL_FPS))) {
                for (int frame = 0; frame < STILL_SECONDS * STILL_FPS; frame++) {
                    for (int i = 0; i < frozen.length; i++) {
                        double value = (frozen[i] & 0xFF) + random.nextGaussian() * SENSOR_NOISE;
                        noisy[i] = (byte) Math.max(0, Math.min(255, Math.round(value)));
                    }
                    encoder.write(bgr.clear().put(noisy).flip());
                }
                encoder.finish();
            }
        }
    }
}

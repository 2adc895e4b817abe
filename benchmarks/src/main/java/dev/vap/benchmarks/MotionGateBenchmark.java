package dev.vap.benchmarks;

import dev.vap.inference.model.Detector;
import dev.vap.inference.onnx.OnnxModel;
import dev.vap.runner.decode.ClipEncoder;
import dev.vap.runner.decode.ClipOptions;
import dev.vap.runner.decode.ReaderOptions;
import dev.vap.runner.decode.VideoReader;
import dev.vap.runner.motion.MotionGate;
import dev.vap.runner.motion.Verdict;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * What the motion gate saves and what it misses. A clip is read twice on one thread: once every frame is analysed, once only
 * those that the gate lets pass, as a session does it. Both take turns, so that what else happens on the machine hits them
 * alike. And the same of a frame of the clip that stands still for a minute: as
 * it is, and with the noise of a sensor by day and by night.
 *
 * <p>Counted is the CPU time of that thread, with decoding; what a session does beside that once a result is not, so that the
 * whole platform is measured as well ({@link GatedPlatform}) if there is a directory for its data.
 */
public final class MotionGateBenchmark {

    /** Weaker detections come and go from frame to frame by themselves. */
    private static final float CONFIDENCE = 0.4f;

    private static final int STILL_SECONDS = 60;
    private static final double STILL_FPS = 15;
    private static final Still DAY = new Still(2, 0);
    private static final List<Still> STILLS = List.of(new Still(0, 0), DAY, new Still(6, 1_000_000), new Still(6, 0));

    private static final double[] RECHECKS = {1, 2, 5, 10, 30};

    private static final int WARM_UP_FRAMES = 100;
    private static final int TURN_FRAMES = 50;
    private static final int NOISE_PLACES = 1 << 20;
    private static final long ASSUMED_FRAME_MILLIS = 40;

    private final Path model;

    private MotionGateBenchmark(Path model) {
        this.model = model;
    }

    /**
     * A scene in which nothing moves.
     *
     * @param noise standard deviation of a pixel's value: 0 a picture, 2 what cameras leave of it by day, 6 a dark yard
     * @param bitRate that the camera is set to; 0 if it sends as much as it likes
     */
    private record Still(double noise, long bitRate) {

        @Override
        public String toString() {
            return "still, noise " + Figures.number(noise, 0) + (bitRate == 0 ? "" : ", limited");
        }
    }

    /** CPU time of one frame on its way, milliseconds; what was not done took none. */
    private record Cost(double decode, double gate, double analysis, Verdict verdict) {

        double all() {
            return decode + gate + analysis;
        }
    }

    /** What became of a clip. */
    private static final class Run {
        final MissedObjects missed = new MissedObjects();
        final List<Double> without = new ArrayList<>();
        final List<Cost> with = new ArrayList<>();
        double fps;
        double kilobits;

        double gatedShare() {
            return with.stream().filter(c -> !c.verdict().passes()).count() / (double) with.size();
        }

        double perFrameWithout() {
            return without.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
        }

        double perFrameWith() {
            return mean(Cost::all, cost -> true);
        }

        /** Once the background is known: what a camera costs that runs for days. */
        double perFrameSettled() {
            return mean(Cost::all, cost -> cost.verdict() != Verdict.SETTLING);
        }

        double decode() {
            return mean(Cost::decode, cost -> true);
        }

        double gate() {
            return mean(Cost::gate, cost -> true);
        }

        /** Of one frame that passed. */
        double analysis() {
            return mean(Cost::analysis, cost -> cost.verdict().passes());
        }

        private double mean(ToDoubleFunction<Cost> value, Predicate<Cost> which) {
            return with.stream().filter(which).mapToDouble(value).average().orElse(Double.NaN);
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length < 2 || args.length > 3) {
            System.err.println("usage: MotionGateBenchmark MODEL_DIR CLIP [DATA_DIR]");
            System.exit(2);
        }
        Path model = firstModel(Path.of(args[0]));
        Path clip = Path.of(args[1]);
        MotionGateBenchmark benchmark = new MotionGateBenchmark(model);
        Map<String, Run> runs = new LinkedHashMap<>();
        runs.put(String.valueOf(clip.getFileName()), benchmark.run(clip));
        for (Still still : STILLS) {
            Path file = Files.createTempFile("still", ".mp4");
            try {
                writeStill(clip, file, still);
                runs.put(still.toString(), benchmark.run(file));
            } finally {
                Files.delete(file);
            }
        }
        System.out.println("model " + model.getFileName() + ", detections from " + CONFIDENCE
                + " on, defaults of the gate: " + MotionOptions.DEFAULTS.toJson());
        printSaved(runs);
        printMissed(runs);
        printRechecks(runs);
        if (args.length == 3) {
            Path still = Files.createTempFile("still", ".mp4");
            try {
                writeStill(clip, still, DAY);
                new GatedPlatform(Path.of(args[0]), Path.of(args[2])).print(still, STILL_FPS);
            } finally {
                Files.delete(still);
            }
        }
        System.exit(0);
    }

    private static Path firstModel(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(f -> f.toString().endsWith(".onnx"))
                    .sorted()
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException("there is no .onnx file in " + directory));
        }
    }

    private static void printSaved(Map<String, Run> runs) {
        header(
                "clip",
                "fps",
                "kbit/s",
                "gated",
                "CPU/frame without",
                "with",
                "of that decoding",
                "gate",
                "streams a core without",
                "with",
                "times",
                "times once settled");
        runs.forEach((name, run) -> System.out.println(Figures.row(
                name,
                Figures.number(run.fps, 1),
                Figures.number(run.kilobits, 0),
                Figures.number(100 * run.gatedShare(), 1) + " %",
                Figures.number(run.perFrameWithout(), 2) + " ms",
                Figures.number(run.perFrameWith(), 2) + " ms",
                Figures.number(run.decode(), 2) + " ms",
                Figures.number(run.gate(), 3) + " ms",
                Figures.number(streams(run, run.perFrameWithout()), 1),
                Figures.number(streams(run, run.perFrameWith()), 1),
                Figures.number(run.perFrameWithout() / run.perFrameWith(), 1),
                Figures.number(run.perFrameWithout() / run.perFrameSettled(), 1))));
    }

    /** At the clip's own rate, on a core that does nothing else. */
    private static double streams(Run run, double millisPerFrame) {
        return 1000 / (millisPerFrame * run.fps);
    }

    private static void printMissed(Map<String, Run> runs) {
        header("clip", "detections on gated frames", "missed", "objects", "never analysed", "latest seen after");
        runs.forEach((name, run) -> System.out.println(Figures.row(
                name,
                run.missed.detectionsOnGated(),
                run.missed.missedDetections(),
                run.missed.objects(),
                run.missed.neverAnalysed(),
                run.missed.latestFrames() + " frames")));
    }

    /** Calculated from the means of the run: a settled stream pays for decoding and the gate, and now and then for a frame. */
    private static void printRechecks(Map<String, Run> runs) {
        header("times the streams, once settled and still, re-checked every", "1 s", "2 s", "5 s", "10 s", "30 s");
        runs.forEach((name, run) -> {
            List<Object> cells = new ArrayList<>();
            cells.add(name);
            for (double seconds : RECHECKS) {
                double perFrame = run.decode() + run.gate() + run.analysis() / (seconds * run.fps);
                cells.add(Figures.number(run.perFrameWithout() / perFrame, 1));
            }
            System.out.println(Figures.row(cells.toArray()));
        });
    }

    private static void header(Object... names) {
        System.out.println();
        System.out.println(Figures.row(names));
        System.out.println("|" + "---|".repeat(names.length));
    }

    private Run run(Path clip) throws IOException {
        Run run = new Run();
        List<List<Detection>> found = new ArrayList<>();
        try (OnnxModel loaded = OnnxModel.load("gate", model)) {
            InputSpec spec = loaded.info().input();
            try (Letterbox letterbox = new Letterbox(spec);
                    Detector detector = loaded.newDetector();
                    VideoReader all = VideoReader.open(ReaderOptions.file(clip));
                    VideoReader some = VideoReader.open(ReaderOptions.file(clip));
                    MotionGate gate = new MotionGate(MotionOptions.DEFAULTS)) {
                Analysis analysis = new Analysis(spec, letterbox, detector, FrameBuffer.unpooled(spec.maxBytes()));
                warmUp(clip, analysis);
                run.fps = all.info().framesPerSecond();
                while (analyseAll(all, analysis, run, found)) {
                    analyseGated(some, gate, analysis, run);
                }
                analyseGated(some, gate, analysis, run);
            }
        }
        for (int i = 0; i < found.size(); i++) {
            run.missed.frame(found.get(i), run.with.get(i).verdict().passes());
        }
        run.kilobits = Files.size(clip) * 8 / 1000.0 / (run.with.size() / run.fps);
        return run;
    }

    private static void warmUp(Path clip, Analysis analysis) {
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip))) {
            for (int i = 0; i < WARM_UP_FRAMES && reader.next(); i++) {
                analysis.of(reader);
            }
        }
    }

    /** All that follows decoding if a frame is not gated. */
    private record Analysis(InputSpec spec, Letterbox letterbox, Detector detector, FrameBuffer target) {

        List<Detection> of(VideoReader reader) {
            Scaling scaling = letterbox.apply(reader.bgr(), reader.frameWidth(), reader.frameHeight(), target);
            return detector.detect(request(reader, spec, scaling, target));
        }
    }

    /** The next frames of a clip; false if it has no more. */
    private static boolean analyseAll(VideoReader reader, Analysis analysis, Run run, List<List<Detection>> found) {
        for (int i = 0; i < TURN_FRAMES; i++) {
            double start = cpuMillis();
            if (!reader.next()) {
                return false;
            }
            found.add(analysis.of(reader));
            run.without.add(cpuMillis() - start);
        }
        return true;
    }

    private static void analyseGated(VideoReader reader, MotionGate gate, Analysis analysis, Run run) {
        for (int i = 0; i < TURN_FRAMES; i++) {
            double start = cpuMillis();
            if (!reader.next()) {
                return;
            }
            double decoded = cpuMillis();
            Verdict verdict = gate.look(reader::grey, reader.frameWidth(), reader.frameHeight(), millis(reader));
            double looked = cpuMillis();
            if (verdict.passes()) {
                analysis.of(reader);
            }
            run.with.add(new Cost(decoded - start, looked - decoded, cpuMillis() - looked, verdict));
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
    private static void writeStill(Path clip, Path target, Still still) {
        Random random = new Random(1);
        try (VideoReader reader = VideoReader.open(ReaderOptions.file(clip))) {
            reader.skipTo(Math.max(0, reader.info().frameCount() / 2));
            reader.next();
            int width = reader.frameWidth();
            int height = reader.frameHeight();
            byte[] frozen = new byte[width * height * 3];
            reader.bgr().get(0, frozen);
            byte[] noisy = new byte[frozen.length];
            // Drawn once and taken from a random place on, which is much faster and random enough for a picture.
            int[] noise = new int[frozen.length + NOISE_PLACES];
            for (int i = 0; i < noise.length; i++) {
                noise[i] = (int) Math.round(random.nextGaussian() * still.noise());
            }
            ByteBuffer bgr = ByteBuffer.allocateDirect(frozen.length);
            try (ClipEncoder encoder = ClipEncoder.open(
                    ClipOptions.of(target, width, height, STILL_FPS).withBitRate(still.bitRate()))) {
                for (int frame = 0; frame < STILL_SECONDS * STILL_FPS; frame++) {
                    int from = random.nextInt(NOISE_PLACES);
                    for (int i = 0; i < frozen.length; i++) {
                        noisy[i] = (byte) Math.max(0, Math.min(255, (frozen[i] & 0xFF) + noise[from + i]));
                    }
                    encoder.write(bgr.clear().put(noisy).flip());
                }
                encoder.finish();
            }
        }
    }
}

package dev.vap.shared.domain;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How a scenario is to be run. A null field means the platform's default for that kind of source. Made by
 * {@link #builder()}, so that one more option concerns only those who set it.
 *
 * @param fps analysed frames a second; 0 is every frame (the default for a file)
 * @param loop a file starts again at its end; frame numbers go on growing
 * @param realtime a file is played at its own speed
 * @param confidence least confidence of a detection, 0..1
 * @param nmsIou IoU above which the weaker of two boxes of a class is dropped, 0..1
 * @param classes only these classes are reported; empty for all
 * @param rtspTransport how RTP packets travel: {@code tcp} or {@code udp}; null for TCP, or UDP where TCP is refused
 * @param hwaccel {@code auto}, {@code none} or a kind of hardware that decodes; falls back to software; null for none
 * @param tlsVerify certificates of {@code https}, {@code rtsps} and {@code rtmps} sources must be trusted
 * @param motion frames without motion are not analysed; null for none of this
 * @param frameEncoding of pictures on their way to another process
 * @param pipeline further models that look at what the scenario's model has found; empty for none
 */
public record ScenarioOptions(
        Double fps,
        boolean loop,
        boolean realtime,
        Double confidence,
        Double nmsIou,
        List<String> classes,
        String rtspTransport,
        String hwaccel,
        boolean tlsVerify,
        MotionOptions motion,
        FrameEncoding frameEncoding,
        List<PipelineStage> pipeline) {

    public static final ScenarioOptions DEFAULTS = new Builder().build();

    private static final Set<String> KNOWN = new TreeSet<>(Set.of(
            "fps",
            "loop",
            "realtime",
            "confidence",
            "nms_iou",
            "classes",
            "rtsp_transport",
            "hwaccel",
            "tls_verify",
            "motion",
            "frame_encoding",
            "pipeline"));
    private static final Set<String> TRANSPORTS = new TreeSet<>(Set.of("tcp", "udp"));
    private static final Set<String> HWACCELS =
            new TreeSet<>(Set.of("auto", "none", "vaapi", "cuda", "qsv", "vulkan", "videotoolbox", "d3d11va"));
    private static final int MAX_CLASSES = 1000;
    private static final double MAX_FPS = 1000;
    private static final int MAX_STAGES = 3;
    private static final String STAGES =
            "a list of at most " + MAX_STAGES + " objects, each with the \"model\" that looks at what was found";

    public ScenarioOptions {
        classes = List.copyOf(classes);
        pipeline = List.copyOf(pipeline);
        if (fps != null && !(fps >= 0 && fps <= MAX_FPS)) {
            throw invalid("fps", "a number from 0 (every frame) to 1000");
        }
        if (confidence != null && !(confidence >= 0 && confidence <= 1)) {
            throw invalid("confidence", "a number from 0 to 1");
        }
        if (nmsIou != null && !(nmsIou >= 0 && nmsIou <= 1)) {
            throw invalid("nms_iou", "a number from 0 to 1");
        }
        if (classes.size() > MAX_CLASSES) {
            throw invalid("classes", "a list of at most 1000 class names");
        }
        if (rtspTransport != null && !TRANSPORTS.contains(rtspTransport)) {
            throw invalid("rtsp_transport", "one of " + String.join(", ", TRANSPORTS));
        }
        if (hwaccel != null && !HWACCELS.contains(hwaccel)) {
            throw invalid("hwaccel", "one of " + String.join(", ", HWACCELS));
        }
        if (pipeline.size() > MAX_STAGES) {
            throw invalid("pipeline", STAGES);
        }
    }

    public static Builder builder() {
        return new Builder();
    }

    public Builder toBuilder() {
        return new Builder(this);
    }

    /** The defaults with a rate, or as {@link #DEFAULTS} where that is null. */
    public static ScenarioOptions ofFile(Double fps, boolean loop, boolean realtime) {
        return builder().fps(fps).loop(loop).realtime(realtime).build();
    }

    public ScenarioOptions withFps(Double value) {
        return toBuilder().fps(value).build();
    }

    /** Whether frames may be left out because nothing moves in them. */
    public boolean gated() {
        return motion != null && motion.enabled();
    }

    /**
     * Whether a session that runs with these options can go on with the others: neither how its source is opened nor which
     * models look at its frames is different.
     */
    public boolean canBecome(ScenarioOptions others) {
        return toBuilder()
                .fps(others.fps)
                .confidence(others.confidence)
                .nmsIou(others.nmsIou)
                .classes(others.classes)
                .motion(others.motion)
                .realtime(others.realtime)
                .build()
                .equals(others);
    }

    /** Only what is not the default. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject();
        putUnlessNull(json, "fps", fps);
        putIfTrue(json, "loop", loop);
        putIfTrue(json, "realtime", realtime);
        putUnlessNull(json, "confidence", confidence);
        putUnlessNull(json, "nms_iou", nmsIou);
        if (!classes.isEmpty()) {
            json.put("classes", new JsonArray(classes));
        }
        putUnlessNull(json, "rtsp_transport", rtspTransport);
        putUnlessNull(json, "hwaccel", hwaccel);
        putIfTrue(json, "tls_verify", tlsVerify);
        if (motion != null) {
            json.put("motion", motion.toJson());
        }
        if (frameEncoding != FrameEncoding.RAW) {
            json.put("frame_encoding", frameEncoding.wire());
        }
        if (!pipeline.isEmpty()) {
            json.put(
                    "pipeline",
                    new JsonArray(pipeline.stream().map(PipelineStage::toJson).toList()));
        }
        return json;
    }

    private static void putUnlessNull(JsonObject json, String name, Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static void putIfTrue(JsonObject json, String name, boolean value) {
        if (value) {
            json.put(name, true);
        }
    }

    /**
     * @throws VapException if a field is unknown, of a wrong type or out of range; the message names it
     */
    public static ScenarioOptions fromJson(JsonObject json) {
        OptionFields in = OptionFields.of(json, "options", "", KNOWN);
        return builder()
                .fps(in.number("fps"))
                .loop(in.flag("loop", false))
                .realtime(in.flag("realtime", false))
                .confidence(in.number("confidence"))
                .nmsIou(in.number("nms_iou"))
                .classes(in.classes("classes"))
                .rtspTransport(in.word("rtsp_transport"))
                .hwaccel(in.word("hwaccel"))
                .tlsVerify(in.flag("tls_verify", false))
                .motion(motion(json.getValue("motion")))
                .frameEncoding(encoding(in.word("frame_encoding")))
                .pipeline(pipeline(json.getValue("pipeline")))
                .build();
    }

    private static MotionOptions motion(Object value) {
        if (value == null) {
            return null;
        }
        if (value instanceof JsonObject json) {
            return MotionOptions.fromJson(json);
        }
        throw invalid("motion", "an object, {} for the defaults");
    }

    private static FrameEncoding encoding(String text) {
        return text == null
                ? FrameEncoding.RAW
                : FrameEncoding.fromWire(text).orElseThrow(() -> invalid("frame_encoding", "one of jpeg, raw"));
    }

    private static List<PipelineStage> pipeline(Object value) {
        if (value == null) {
            return List.of();
        }
        if (!(value instanceof JsonArray array) || array.size() > MAX_STAGES) {
            throw invalid("pipeline", STAGES);
        }
        List<PipelineStage> stages = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            if (!(array.getValue(i) instanceof JsonObject stage)) {
                throw invalid("pipeline", STAGES);
            }
            stages.add(PipelineStage.fromJson(stage));
        }
        return stages;
    }

    private static VapException invalid(String name, String wanted) {
        return OptionFields.invalidValue(name, wanted);
    }

    /** Begins with the defaults, or with other options. Not thread-safe. */
    public static final class Builder {

        private Double fps;
        private boolean loop;
        private boolean realtime;
        private Double confidence;
        private Double nmsIou;
        private List<String> classes = List.of();
        private String rtspTransport;
        private String hwaccel;
        private boolean tlsVerify;
        private MotionOptions motion;
        private FrameEncoding frameEncoding = FrameEncoding.RAW;
        private List<PipelineStage> pipeline = List.of();

        private Builder() {}

        private Builder(ScenarioOptions from) {
            fps = from.fps;
            loop = from.loop;
            realtime = from.realtime;
            confidence = from.confidence;
            nmsIou = from.nmsIou;
            classes = from.classes;
            rtspTransport = from.rtspTransport;
            hwaccel = from.hwaccel;
            tlsVerify = from.tlsVerify;
            motion = from.motion;
            frameEncoding = from.frameEncoding;
            pipeline = from.pipeline;
        }

        public Builder fps(Double value) {
            fps = value;
            return this;
        }

        public Builder loop(boolean value) {
            loop = value;
            return this;
        }

        public Builder realtime(boolean value) {
            realtime = value;
            return this;
        }

        public Builder confidence(Double value) {
            confidence = value;
            return this;
        }

        public Builder nmsIou(Double value) {
            nmsIou = value;
            return this;
        }

        public Builder classes(List<String> value) {
            classes = value;
            return this;
        }

        public Builder rtspTransport(String value) {
            rtspTransport = value;
            return this;
        }

        public Builder hwaccel(String value) {
            hwaccel = value;
            return this;
        }

        public Builder tlsVerify(boolean value) {
            tlsVerify = value;
            return this;
        }

        public Builder motion(MotionOptions value) {
            motion = value;
            return this;
        }

        public Builder frameEncoding(FrameEncoding value) {
            frameEncoding = value;
            return this;
        }

        public Builder pipeline(List<PipelineStage> value) {
            pipeline = value;
            return this;
        }

        /**
         * @throws VapException if a value is out of range; the message names it
         */
        public ScenarioOptions build() {
            return new ScenarioOptions(
                    fps,
                    loop,
                    realtime,
                    confidence,
                    nmsIou,
                    classes,
                    rtspTransport,
                    hwaccel,
                    tlsVerify,
                    motion,
                    frameEncoding,
                    pipeline);
        }
    }
}

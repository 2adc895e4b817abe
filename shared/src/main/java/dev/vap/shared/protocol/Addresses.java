package dev.vap.shared.protocol;

import java.util.UUID;

/** Addresses of the event bus. */
public final class Addresses {

    /** Request {@link Heartbeat}, reply {@link HeartbeatReply}; runner → any orchestrator. */
    public static final String HEARTBEATS = "orchestrator.heartbeats";

    /** Published {@link Heartbeat}s: what the API shows of running sessions. */
    public static final String RUNNERS = "runners.status";

    /**
     * Request {@link ModelQuery}. With a name: that model is loaded if need be, then the reply is its {@link ModelInfo};
     * fails with {@code model_*} codes. Without: {@code {"models":[ModelInfo…]}}.
     */
    public static final String MODELS = "inference.models";

    /** Published {@link InferenceAnnouncement}s: which processes analyse frames, and how busy they are. */
    public static final String INFERENCE_NODES = "inference.nodes";

    /** Request {@link ProbeRequest}, reply {@link ProbeReport}; API → any runner that opens sources. */
    public static final String PROBE = "runners.probe";

    /** Request {@link DiscoverRequest}, reply {@link DiscoverReport}; API → any runner that opens sources. */
    public static final String DISCOVER = "runners.discover";

    /** Published {@link StatusChanged#toLiveJson}; bridged to browsers. */
    public static final String SCENARIO_STATUS = "scenarios.status";

    private static final String PREVIEW_PREFIX = "preview.";

    private static final String PREDICTIONS_PREFIX = "predictions.";

    private Addresses() {}

    /** Sent {@link AssignedSet}: what this runner should be running. */
    public static String runnerSync(String runnerId) {
        return "runner." + runnerId + ".sync";
    }

    /** Request {@link InferenceRequest}, reply {@link InferenceReply}. */
    public static String inference(String model) {
        return "inference." + model;
    }

    /** As {@link #inference}, of one process: {@link InferenceAnnouncement#node()}. */
    public static String inferenceAt(String node, String model) {
        return "inference@" + node + "." + model;
    }

    /** As {@link #MODELS}, of one process. */
    public static String modelsAt(String node) {
        return "inference@" + node + ".models";
    }

    /** Published {@link ResultMessage#toLiveJson}, at once after inference; bridged to browsers. */
    public static String predictions(UUID scenario) {
        return PREDICTIONS_PREFIX + scenario;
    }

    /** Published {@link PreviewPicture}: what a scenario shows, while some API process asks for it. */
    public static String preview(UUID scenario) {
        return PREVIEW_PREFIX + scenario;
    }

    /** Request {@link PreviewDemand}, an empty reply: somebody watches a scenario of this runner. */
    public static String runnerPreview(String runnerId) {
        return "runner." + runnerId + ".preview";
    }
}

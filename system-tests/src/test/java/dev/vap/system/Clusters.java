package dev.vap.system;

import dev.vap.testing.SharedData;

/** The clusters that test classes share. */
final class Clusters {

    /** Frames of {@code short.mp4}, played in twelve seconds. */
    static final int SHORT = 120;

    /** Frames of {@code long.mp4}, played in twenty-five seconds. */
    static final int LONG = 250;

    /** Real runners and inference: whether every frame of a file is stored once. */
    static final Cluster FILES = ClusterPlan.named("files")
            .clip("short.mp4", SHORT)
            .clip("long.mp4", LONG)
            .inference(2)
            .build();

    /** Two of everything, and simulated runners: many scenarios at little cost. */
    static final Cluster LIVE = ClusterPlan.named("live")
            .apis(2)
            .orchestrators(2)
            .inference(0)
            .runners(3)
            .with("SIMULATE", "true")
            .with("SIMULATE_FPS", "5")
            .with("SIMULATE_HALT_ON", "poison")
            .with("MAX_WORKERS", "100")
            .build();

    /** Real runners and inference over cameras; the detector is {@code mock}. */
    static final Cluster CAMERAS = ClusterPlan.named("cameras")
            .runners(2)
            .with("DEFAULT_MODEL", "mock")
            .build();

    /** Two real runners and the real model, if it is there, for what people see in a browser. */
    static final Cluster CONSOLE = withModels(ClusterPlan.named("console"))
            .clip("short.mp4", SHORT)
            .clip("long.mp4", LONG)
            .runners(2)
            .with("MAX_WORKERS", "30")
            .build();

    private Clusters() {}

    private static ClusterPlan withModels(ClusterPlan plan) {
        return SharedData.model("yolox_nano.onnx")
                .map(model -> plan.with("MODEL_DIR", model.getParent().toString()))
                .orElse(plan);
    }
}

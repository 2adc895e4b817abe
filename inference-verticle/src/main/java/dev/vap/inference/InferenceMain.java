package dev.vap.inference;

import dev.vap.shared.runtime.Services;

/** The inference service as a process of its own. */
public final class InferenceMain {

    private InferenceMain() {}

    public static void main(String[] args) {
        Services.main(InferenceMain.class, "inference", args, InferenceVerticle::new);
    }
}

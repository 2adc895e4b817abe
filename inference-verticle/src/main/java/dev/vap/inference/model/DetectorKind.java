package dev.vap.inference.model;

import java.util.Locale;

/** What runs a model. */
public enum DetectorKind {
    /** A network in an ONNX file. */
    ONNX,
    /** OpenCV's built-in people detector. */
    PEOPLE,
    /** Background subtraction. */
    MOTION,
    /** Made-up detections, for tests; never chosen unless asked for by name. */
    MOCK;

    /** As in {@code detector} of messages. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}

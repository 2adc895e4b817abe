package dev.vap.shared.domain;

import java.util.Locale;
import java.util.Optional;

/** How pictures travel to an inference process that is not the runner's own. */
public enum FrameEncoding {
    /** Uncompressed: exact, and costs no CPU. */
    RAW,
    /** A tenth of the bytes or less, for some CPU on both sides and slightly different pixels. */
    JPEG;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Optional<FrameEncoding> fromWire(String text) {
        for (FrameEncoding encoding : values()) {
            if (encoding.wire().equals(text)) {
                return Optional.of(encoding);
            }
        }
        return Optional.empty();
    }
}

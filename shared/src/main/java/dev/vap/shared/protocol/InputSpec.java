package dev.vap.shared.protocol;

import io.vertx.core.json.JsonObject;
import java.util.Locale;

/**
 * What picture a model wants; the runner makes it, so that frames cross processes small and as uint8.
 *
 * @param width pixels of the model's input (exactly) or the most it wants (FIT)
 */
public record InputSpec(int width, int height, Fit fit, Pixels pixels) {

    /** How a source frame becomes the input. All but STRETCH keep the aspect ratio. */
    public enum Fit {
        /**
         * Scaled by {@code s = min(width/w, height/h)} to {@code (int)(w·s) × (int)(h·s)} with bilinear interpolation, placed at the
         * top left of a picture of exactly width × height, the rest filled with 114 (as YOLOX and YOLO do).
         */
        LETTERBOX,
        /**
         * Scaled by the same {@code s} to {@code round(w·s) × round(h·s)} and padded likewise, in the middle: the odd pixel of the
         * padding is right and below (as Ultralytics' exports).
         */
        LETTERBOX_CENTER,
        /** Each axis scaled by itself to exactly width × height (as RT-DETR and SSD). */
        STRETCH,
        /** Scaled likewise, never enlarged ({@code s ≤ 1}), and not padded: the request says its real size. */
        FIT
    }

    /** Packed, one byte a channel, rows without padding. */
    public enum Pixels {
        BGR(3),
        GRAY(1);

        private final int channels;

        Pixels(int channels) {
            this.channels = channels;
        }

        public int channels() {
            return channels;
        }
    }

    public InputSpec {
        if (width < 1 || height < 1 || width > 8192 || height > 8192) {
            throw new IllegalArgumentException("input size " + width + "x" + height + " is not within 1..8192");
        }
    }

    /** Bytes of the largest input. */
    public int maxBytes() {
        return width * height * pixels.channels();
    }

    public JsonObject toJson() {
        return new JsonObject()
                .put("width", width)
                .put("height", height)
                .put("fit", fit.name().toLowerCase(Locale.ROOT))
                .put("pixels", pixels.name().toLowerCase(Locale.ROOT));
    }

    public static InputSpec fromJson(JsonObject json) {
        MessageReader in = MessageReader.ofPart(json);
        return new InputSpec(
                in.integer("width"),
                in.integer("height"),
                in.converted("fit", f -> Fit.valueOf(f.toUpperCase(Locale.ROOT))),
                in.converted("pixels", p -> Pixels.valueOf(p.toUpperCase(Locale.ROOT))));
    }
}

package dev.vap.inference.model;

import dev.vap.shared.protocol.InputSpec.Fit;
import java.util.List;

/**
 * What somebody said of a network in the catalogue. Whatever is null is found out from the file itself.
 *
 * @param width pixels of its input; needed where the file leaves them open
 * @param layout order of its input's dimensions
 * @param colours order of its channels
 * @param range what its values mean
 * @param fit how a frame becomes its input
 * @param head how its outputs are read: the name of a head
 * @param labels names of its classes; null to look beside the file and in it
 * @param confidence least confidence where a request says nothing
 * @param nmsIou of NMS where a request says nothing
 * @param maxBatch pictures in one run
 */
public record ModelSpec(
        Integer width,
        Integer height,
        Layout layout,
        Colours colours,
        Range range,
        Fit fit,
        String head,
        List<String> labels,
        Double confidence,
        Double nmsIou,
        Integer maxBatch) {

    /** Nothing was said. */
    public static final ModelSpec UNKNOWN =
            new ModelSpec(null, null, null, null, null, null, null, null, null, null, null);

    /** Order of the dimensions of a picture in a tensor. */
    public enum Layout {
        NCHW,
        NHWC
    }

    /** Order of the channels of a picture in a tensor. */
    public enum Colours {
        BGR,
        RGB
    }

    /** What the values of a picture in a tensor mean. */
    public enum Range {
        /** 0..255, as the pixels are. */
        BYTE,
        /** 0..1. */
        UNIT,
        /** 0..1, less the mean of ImageNet, over its standard deviation, by channel. */
        IMAGENET
    }

    /** With the names that its labels file holds. */
    public ModelSpec withLabels(List<String> names) {
        return new ModelSpec(width, height, layout, colours, range, fit, head, names, confidence, nmsIou, maxBatch);
    }

    public ModelSpec {
        labels = labels == null ? null : List.copyOf(labels);
    }
}

package dev.vap.shared.protocol;

import dev.vap.shared.domain.Detection;
import java.util.List;

/**
 * What was found in one frame.
 *
 * @param detections best first, in pixels of the source frame
 * @param detector what really ran: {@code onnx}, {@code people}, {@code motion}, {@code mock}
 * @param queueMicros waited before the model ran
 * @param inferenceMicros the model with pre- and post-processing
 */
public record InferenceReply(List<Detection> detections, String detector, long queueMicros, long inferenceMicros) {

    public InferenceReply {
        detections = List.copyOf(detections);
    }
}

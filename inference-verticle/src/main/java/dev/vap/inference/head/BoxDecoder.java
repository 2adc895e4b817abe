package dev.vap.inference.head;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest;
import java.nio.FloatBuffer;
import java.util.List;

/** What decoders of heads that give many boxes have in common: they collect those that pass, then choose. */
abstract class BoxDecoder implements Decoder {

    final List<String> labels;
    final Candidates candidates = new Candidates();
    private final Thresholds model;
    private final boolean suppresses;

    /**
     * @param model thresholds where a request says nothing
     * @param suppresses false for networks that have chosen already
     */
    BoxDecoder(List<String> labels, Thresholds model, boolean suppresses) {
        this.labels = labels;
        this.model = model;
        this.suppresses = suppresses;
    }

    @Override
    public final List<Detection> decode(List<FloatBuffer> outputs, InferenceRequest request) {
        Thresholds thresholds = Thresholds.of(request, model);
        candidates.clear();
        collect(outputs, thresholds);
        return suppresses ? candidates.best(thresholds, labels, request) : candidates.ranked(labels, request);
    }

    /** Adds the boxes whose confidence passes and whose class is wanted to the candidates, in pixels of the input. */
    abstract void collect(List<FloatBuffer> outputs, Thresholds thresholds);
}

package dev.vap.inference.head;

import dev.vap.shared.protocol.ModelInfo;
import java.util.List;

/**
 * How the outputs of a network are to be read; chosen by {@link Heads}. Immutable, shared by all threads.
 */
public interface Head {

    /** The word for it in the catalogue: one of {@link Heads#names()}. */
    String name();

    /** {@link ModelInfo#DETECT} or {@link ModelInfo#CLASSIFY}. */
    default String task() {
        return ModelInfo.DETECT;
    }

    /** -1 if the shapes of the outputs do not say it. */
    int classes();

    /** Which of the network's outputs a decoder gets, by index, in its order; the others need not be computed. */
    default List<Integer> reads() {
        return List.of(0);
    }

    /** Whether the outputs hold as many rows as there are objects, so another number in every run. */
    default boolean varies() {
        return false;
    }

    /**
     * A decoder with scratch memory of its own.
     *
     * @param labels one for each class
     * @param model thresholds where a request says nothing
     */
    Decoder newDecoder(List<String> labels, Thresholds model);
}

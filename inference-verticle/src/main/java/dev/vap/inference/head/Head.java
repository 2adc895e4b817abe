package dev.vap.inference.head;

import java.util.List;

/**
 * How the outputs of a network are to be read; recognised from their shapes by {@link Heads}. Immutable, shared by all
 * threads.
 */
public interface Head {

    int classes();

    /**
     * A decoder with scratch memory of its own.
     *
     * @param labels one for each class
     */
    Decoder newDecoder(List<String> labels);
}

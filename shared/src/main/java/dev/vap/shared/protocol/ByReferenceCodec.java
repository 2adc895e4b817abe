package dev.vap.shared.protocol;

import io.vertx.core.eventbus.MessageCodec;

/** A codec that hands the same object on inside a process (a plain Buffer would be copied); its heirs say what goes between processes. */
abstract class ByReferenceCodec<T> implements MessageCodec<T, T> {

    private final String name;

    /**
     * @param name the same in all processes
     */
    ByReferenceCodec(String name) {
        this.name = name;
    }

    @Override
    public final T transform(T message) {
        return message;
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public final byte systemCodecID() {
        return -1;
    }
}

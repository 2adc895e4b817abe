package dev.vap.api.live;

import io.vertx.core.buffer.Buffer;

/**
 * A prediction on its way to listeners.
 *
 * @param sse encoded once for all of them
 */
record LiveFrame(long epoch, long frame, Buffer sse) {}

package dev.vap.inference.batch;

import dev.vap.shared.protocol.InferenceRequest;

/**
 * A frame on its way.
 *
 * @param arrivedNanos by the pool's clock
 */
record Job(ModelQueue queue, InferenceRequest request, ReplyTo replyTo, long arrivedNanos) {}

/**
 * Inference: frames in, detections out, over the event bus. {@code model} knows which models there are, {@code onnx} and
 * {@code vision} run them, {@code head} reads their outputs, {@code batch} holds the queues and threads.
 */
package dev.vap.inference;

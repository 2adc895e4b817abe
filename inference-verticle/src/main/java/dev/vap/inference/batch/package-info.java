/** Bounded queues of frames, one per model, and the threads that work them off. */
package dev.vap.inference.batch;

/**
 * From a runner's sessions to the inference processes: which there are, which of them gets a frame, and what happens when
 * it does not take it. Shared by all sessions of a runner and confined to its event-loop context.
 */
package dev.vap.runner.inference;

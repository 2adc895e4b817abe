/**
 * What ties a runner to the platform: the sessions it was told to run, its lease and its heartbeats. All of it is confined to
 * the event-loop context of the runner's verticle.
 */
package dev.vap.runner.control;

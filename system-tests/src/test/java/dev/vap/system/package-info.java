/**
 * Whole-system tests: every service a process of its own, started from its fat jar, over a real PostgreSQL and a real Kafka.
 * Faults are real ones: processes are killed, stopped and cut off. {@link dev.vap.system.Cluster} is what the tests stand
 * on, {@link dev.vap.system.Invariants} what has to hold whatever happens.
 */
package dev.vap.system;

/** The state machine of a scenario: decided by pure functions here, without Vert.x and without SQL. */
package dev.vap.orchestrator.scenario;

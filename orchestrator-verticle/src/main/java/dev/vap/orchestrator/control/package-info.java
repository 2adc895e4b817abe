/** Applies decisions to the database, one transaction each, and takes in commands and heartbeats. */
package dev.vap.orchestrator.control;

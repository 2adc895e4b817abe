/** The timer that finds what waits, what was lost and what is overdue. */
package dev.vap.orchestrator.recovery;

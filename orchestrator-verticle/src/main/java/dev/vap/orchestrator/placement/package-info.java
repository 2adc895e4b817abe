/** Which scenario goes to which runner. */
package dev.vap.orchestrator.placement;

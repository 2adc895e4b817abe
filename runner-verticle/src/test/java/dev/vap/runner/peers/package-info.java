/**
 * Sources read from other people's servers: {@code mvn verify -Ppeers}. Skipped where those are not installed.
 */
package dev.vap.runner.peers;

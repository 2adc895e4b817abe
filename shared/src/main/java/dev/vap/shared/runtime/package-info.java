/** What every process needs: starting and stopping, backoff, metrics, logging. */
package dev.vap.shared.runtime;

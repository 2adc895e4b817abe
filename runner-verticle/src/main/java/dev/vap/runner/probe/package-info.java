/** Looking at a source once, without a scenario. */
package dev.vap.runner.probe;

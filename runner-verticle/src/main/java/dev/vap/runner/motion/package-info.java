/** The motion gate: which frames of a source are worth analysing. */
package dev.vap.runner.motion;

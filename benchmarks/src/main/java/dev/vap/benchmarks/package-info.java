/** Measurements of VAP, each beside the raw limit of the machine in the same run. */
package dev.vap.benchmarks;

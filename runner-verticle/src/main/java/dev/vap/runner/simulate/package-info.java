/**
 * Sessions that invent their results: for measuring and trying out the rest of the platform with thousands of scenarios on
 * a machine that could not analyse ten. Everything they say names the detector {@code simulated}.
 */
package dev.vap.runner.simulate;

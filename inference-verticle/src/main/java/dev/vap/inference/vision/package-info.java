/** What OpenCV does: turning pixels into network inputs, and the detectors that need no model file. */
package dev.vap.inference.vision;

/** From the raw outputs of a network to detections: one class per family of networks, and what they share. */
package dev.vap.inference.head;

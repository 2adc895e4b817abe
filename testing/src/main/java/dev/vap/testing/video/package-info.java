/**
 * Cameras and video servers on loopback for tests, with every fault that they are known for. A clip is encoded once, by
 * FFmpeg's libraries; whatever speaks a protocol is written out here, so that it can also speak it wrongly.
 */
package dev.vap.testing.video;

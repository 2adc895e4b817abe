/**
 * Video in and out of FFmpeg: opening a source, decoding its frames, turning them into BGR pixels, and writing clips.
 *
 * <p>The only package that touches native FFmpeg. Everything native has one owner that frees it in {@code close()};
 * nothing native leaves the package except pixels in a {@link java.nio.ByteBuffer}.
 */
package dev.vap.runner.decode;

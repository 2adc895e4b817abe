package dev.vap.standalone.demo;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What the user asked for.
 *
 * @param source a file or a URL, as given
 * @param fps null for the platform's default
 * @param json results as JSON lines on standard output, notes on standard error
 * @param output a file for every result
 * @param exitOnEof whether to end with the clip
 */
public record DemoOptions(
        Optional<String> source,
        Optional<String> model,
        Double fps,
        boolean loop,
        boolean realtime,
        boolean json,
        Optional<Path> output,
        boolean exitOnEof) {}

package dev.vap.standalone.demo;

import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the user asked for.
 *
 * @param source a file or a URL, as given
 * @param analysis options of the scenario, as the API takes them
 * @param loop whether they say that the clip has no end
 * @param json results as JSON lines on standard output, notes on standard error
 * @param output a file for every result
 * @param exitOnEof whether to end with the clip
 */
public record DemoOptions(
        Optional<String> source,
        Optional<String> model,
        JsonObject analysis,
        boolean loop,
        boolean json,
        Optional<Path> output,
        boolean exitOnEof) {}

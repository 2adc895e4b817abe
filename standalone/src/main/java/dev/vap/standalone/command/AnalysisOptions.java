package dev.vap.standalone.command;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a scenario is run: the options of the API, of which only those that were given are sent. */
final class AnalysisOptions {

    @Option(
            names = "--fps",
            paramLabel = "N",
            description = "analysed frames a second, 0 for every frame [every frame of a file, 5 of a live source]")
    Double fps;

    @Option(names = "--loop", negatable = true, description = "a file starts again at its end")
    Boolean loop;

    @Option(
            names = "--realtime",
            negatable = true,
            description = "a file is played at its own speed, as a camera would")
    Boolean realtime;

    @Option(names = "--confidence", paramLabel = "N", description = "least confidence of a detection, 0 to 1")
    Double confidence;

    @Option(
            names = "--classes",
            paramLabel = "NAME",
            split = ",",
            description = "report these classes only, such as person,car")
    List<String> classes;

    @Mixin
    FrameOptions frames;

    @Mixin
    StreamOptions stream;

    JsonObject toJson() {
        JsonObject options = new JsonObject();
        if (fps != null) {
            options.put("fps", fps);
        }
        if (loop != null) {
            options.put("loop", loop);
        }
        if (realtime != null) {
            options.put("realtime", realtime);
        }
        if (confidence != null) {
            options.put("confidence", confidence);
        }
        if (classes != null) {
            options.put("classes", new JsonArray(classes));
        }
        frames.addTo(options);
        stream.addTo(options);
        return options;
    }

    boolean loops() {
        return Boolean.TRUE.equals(loop);
    }
}

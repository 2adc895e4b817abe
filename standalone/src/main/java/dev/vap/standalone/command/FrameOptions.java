package dev.vap.standalone.command;

import dev.vap.standalone.CommandException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import picocli.CommandLine.Option;

/** Which frames are analysed, how they travel, and what further models look at. The API checks the values. */
final class FrameOptions {

    @Option(
            names = "--motion",
            paramLabel = "NAME=N,...",
            arity = "0..1",
            fallbackValue = "",
            description = {
                "frames in which nothing moves are not analysed; with =: threshold, min_area, settle_seconds,",
                "recheck_seconds, hold_seconds, enabled, such as --motion=min_area=0.01,hold_seconds=3; or a JSON object,",
                "which may also have \"ignore\""
            })
    String motion;

    @Option(
            names = "--frame-encoding",
            paramLabel = "HOW",
            description = "raw or jpeg: how pictures travel to inference on other hosts [raw]")
    String frameEncoding;

    @Option(
            names = "--pipeline",
            paramLabel = "MODEL[:CLASS,...]",
            description = "a further model that looks at what was found, of these classes only; may be repeated")
    List<String> pipeline;

    /** Those that were given. */
    void addTo(JsonObject options) {
        if (motion != null) {
            options.put("motion", motion(motion));
        }
        if (frameEncoding != null) {
            options.put("frame_encoding", frameEncoding);
        }
        if (pipeline != null) {
            options.put(
                    "pipeline",
                    new JsonArray(pipeline.stream().map(FrameOptions::stage).toList()));
        }
    }

    private static JsonObject motion(String text) {
        if (text.startsWith("{")) {
            try {
                return new JsonObject(text);
            } catch (DecodeException e) {
                throw new CommandException("--motion is no JSON object: check its quotes and brackets.", e);
            }
        }
        JsonObject motion = new JsonObject();
        for (String part : text.isEmpty() ? new String[0] : text.split(",", -1)) {
            String[] pair = part.split("=", 2);
            if (pair.length < 2 || pair[0].isBlank()) {
                throw new CommandException(
                        "--motion wants NAME=VALUE, separated by commas, such as --motion=min_area=0.01,hold_seconds=3;"
                                + " without values it comes after the source.");
            }
            motion.put(pair[0].strip(), value(pair[1].strip()));
        }
        return motion;
    }

    private static Object value(String text) {
        if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        }
        try {
            double number = Double.parseDouble(text);
            return number == Math.rint(number) && Math.abs(number) < Integer.MAX_VALUE ? (Object) (int) number : number;
        } catch (NumberFormatException e) {
            return text;
        }
    }

    private static JsonObject stage(String text) {
        String[] parts = text.split(":", 2);
        JsonObject stage = new JsonObject().put("model", parts[0]);
        return parts.length < 2 || parts[1].isEmpty()
                ? stage
                : stage.put("classes", new JsonArray(List.of(parts[1].split(",", -1))));
    }
}

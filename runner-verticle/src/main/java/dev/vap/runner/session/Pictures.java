package dev.vap.runner.session;

import dev.vap.runner.inference.Picture;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.Placement;
import io.vertx.core.Future;
import java.util.List;

/** Makes requests of a session's frames for its own model. Confined to the session's context. */
final class Pictures {

    private final String stream;
    private final InputSpec input;
    private final float confidence;
    private final float nmsIou;
    private final List<String> classes;

    Pictures(DeployCommand command, InputSpec input) {
        ScenarioOptions options = command.options();
        this.stream = command.scenario() + "/" + command.epoch();
        this.input = input;
        this.confidence = orNan(options.confidence());
        this.nmsIou = orNan(options.nmsIou());
        this.classes = options.classes();
    }

    private static float orNan(Double value) {
        return value == null ? Float.NaN : value.floatValue();
    }

    /** The frame's pixels have to stay valid as long as the picture is used. */
    Picture of(Frame frame) {
        return (remote, deadline) -> Future.succeededFuture(new InferenceRequest(
                stream,
                frame.number,
                frame.ptsMillis,
                frame.pixels(),
                frame.scaling.inputWidth(),
                frame.scaling.inputHeight(),
                input.pixels().channels(),
                InferenceRequest.Encoding.RAW,
                frame.sourceWidth,
                frame.sourceHeight,
                Placement.scaled(frame.scaling.scale()),
                confidence,
                nmsIou,
                classes,
                deadline));
    }
}

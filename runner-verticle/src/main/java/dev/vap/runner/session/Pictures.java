package dev.vap.runner.session;

import dev.vap.runner.inference.Picture;
import dev.vap.shared.domain.FrameEncoding;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.InputSpec;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import java.util.List;

/** Makes requests of a session's frames for its own model. Confined to the session's context. */
final class Pictures {

    private final String stream;
    private final InputSpec input;
    private float confidence;
    private float nmsIou;
    private List<String> classes;
    /** Null if pictures go out as they are. */
    private final JpegPictures jpegs;

    /**
     * @param lanes where pictures are encoded
     * @param most frames that are encoded and not analysed yet, at the same time
     */
    Pictures(DeployCommand command, InputSpec input, WorkerExecutor lanes, int most) {
        ScenarioOptions options = command.options();
        this.stream = command.scenario() + "/" + command.epoch();
        this.input = input;
        change(options);
        this.jpegs = options.frameEncoding() == FrameEncoding.JPEG ? new JpegPictures(input, lanes, most) : null;
    }

    /** Of requests that are made from now on. */
    final void change(ScenarioOptions options) {
        confidence = orNan(options.confidence());
        nmsIou = orNan(options.nmsIou());
        classes = options.classes();
    }

    private static float orNan(Double value) {
        return value == null ? Float.NaN : value.floatValue();
    }

    /** The frame's pixels have to stay valid as long as the picture is used. */
    Picture of(Frame frame) {
        return (remote, deadline) -> remote && jpegs != null
                ? asJpeg(frame).map(jpeg -> jpeg ? encoded(frame, deadline) : raw(frame, deadline))
                : Future.succeededFuture(raw(frame, deadline));
    }

    private InferenceRequest raw(Frame frame, long deadline) {
        return request(frame, frame.pixels(), Encoding.RAW, deadline);
    }

    private InferenceRequest encoded(Frame frame, long deadline) {
        return request(frame, frame.jpeg(), Encoding.JPEG, deadline);
    }

    /** Whether it is one; it goes out as it is otherwise. */
    private Future<Boolean> asJpeg(Frame frame) {
        if (frame.jpeg() != null) {
            return Future.succeededFuture(true);
        }
        return jpegs.of(frame.pixels(), frame.scaling.inputWidth(), frame.scaling.inputHeight())
                .map(jpeg -> {
                    frame.jpeg(jpeg);
                    return jpeg != null;
                });
    }

    private InferenceRequest request(Frame frame, FrameBuffer pixels, Encoding encoding, long deadline) {
        return new InferenceRequest(
                stream,
                frame.number,
                frame.ptsMillis,
                pixels,
                frame.scaling.inputWidth(),
                frame.scaling.inputHeight(),
                input.pixels().channels(),
                encoding,
                frame.sourceWidth,
                frame.sourceHeight,
                frame.scaling.placement(),
                confidence,
                nmsIou,
                classes,
                deadline);
    }

    /** Memory that is still in use is freed when it is given back. */
    void close() {
        if (jpegs != null) {
            jpegs.close();
        }
    }
}

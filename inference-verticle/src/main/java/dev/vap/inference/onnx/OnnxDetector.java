package dev.vap.inference.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.head.Decoder;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.model.Detector;
import dev.vap.inference.vision.Planes;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.ModelInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs a shared session with an input and outputs of its own, allocated once: a run allocates nothing but the detections.
 */
final class OnnxDetector implements Detector {

    private final OrtSession session;
    private final String name;
    private final Decoder decoder;
    private final Planes planes;
    private final Map<String, OnnxTensor> inputs;
    private final Map<String, OnnxTensor> pinned = new HashMap<>();
    private final List<FloatBuffer> results = new ArrayList<>();

    OnnxDetector(OrtSession session, TensorShape input, List<TensorShape> outputs, Decoder decoder, ModelInfo info) {
        this.session = session;
        this.name = info.name();
        this.decoder = decoder;
        OrtEnvironment environment = OnnxRuntime.environment();
        int height = OnnxModel.side(input, 2);
        int width = OnnxModel.side(input, 3);
        ByteBuffer pixels = direct(Planes.bytes(width, height));
        this.planes = new Planes(width, height, pixels);
        try {
            inputs = Map.of(
                    input.name(), OnnxTensor.createTensor(environment, pixels.asFloatBuffer(), OnnxModel.dims(input)));
            for (TensorShape output : outputs) {
                long values = output.dims().stream().reduce(1L, Math::multiplyExact);
                FloatBuffer result = direct(Math.toIntExact(Math.multiplyExact(values, Float.BYTES)))
                        .asFloatBuffer();
                results.add(result);
                pinned.put(output.name(), OnnxTensor.createTensor(environment, result, OnnxModel.dims(output)));
            }
        } catch (OrtException e) {
            throw new VapException(ErrorCode.INFERENCE_FAILED, "No memory for model " + name + ".", e);
        }
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public List<Detection> detect(InferenceRequest request) {
        planes.fill(request.pixels().memory());
        try {
            // The results lie in our own tensors; what is closed here is only their wrapper.
            session.run(inputs, pinned).close();
            return decoder.decode(results, request);
        } catch (OrtException e) {
            throw new VapException(
                    ErrorCode.INFERENCE_FAILED,
                    "The model " + name + " failed on a frame; the service's log says more.",
                    e);
        }
    }

    @Override
    public void close() {
        planes.close();
        inputs.values().forEach(OnnxTensor::close);
        pinned.values().forEach(OnnxTensor::close);
    }
}

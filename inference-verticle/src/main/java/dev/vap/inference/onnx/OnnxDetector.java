package dev.vap.inference.onnx;

import ai.onnxruntime.OnnxTensor;
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
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Runs a shared session with an input and outputs of its own, allocated once: a run allocates nothing but the detections.
 */
final class OnnxDetector implements Detector {

    private final OrtSession session;
    private final OnnxModel.Plan plan;
    private final Decoder decoder;
    /** Pictures that there is memory for. */
    private final int slots;

    private final ByteBuffer pixels;
    private final Planes planes;
    private final List<Output> outputs = new ArrayList<>();
    private final Set<String> unpinned = new HashSet<>();
    /** By the number of pictures; made when it first occurs. */
    private final Binding[] bindings;
    /** What the decoder gets of each picture. */
    private final List<List<FloatBuffer>> views = new ArrayList<>();

    /** The tensors of runs of one number of pictures. */
    private record Binding(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> pinned) {

        void close() {
            inputs.values().forEach(OnnxTensor::close);
            pinned.values().forEach(OnnxTensor::close);
        }
    }

    OnnxDetector(OrtSession session, OnnxModel.Plan plan, Decoder decoder) {
        this.session = session;
        this.plan = plan;
        this.decoder = decoder;
        this.slots = plan.input().batch() > 0 ? plan.input().batch() : plan.maxBatch();
        this.bindings = new Binding[slots + 1];
        this.pixels = Tensors.direct(Math.multiplyExact(slots, plan.format().bytes()));
        for (int i = 0; i < plan.outputs().size(); i++) {
            TensorShape shape = plan.outputs().get(i);
            Output output = new Output(shape, plan.pinned().get(i), slots);
            outputs.add(output);
            if (!output.isPinned()) {
                unpinned.add(output.name());
            }
        }
        for (int picture = 0; picture < slots; picture++) {
            List<FloatBuffer> view = new ArrayList<>();
            for (Output output : outputs) {
                view.add(output.of(picture));
            }
            views.add(view);
        }
        this.planes = new Planes(plan.format(), slots, pixels);
    }

    @Override
    public List<Detection> detect(InferenceRequest request) {
        planes.fill(0, request.pixels().memory());
        run(1);
        return decode(0, request);
    }

    @Override
    public List<List<Detection>> detect(List<InferenceRequest> batch) {
        if (batch.size() > plan.maxBatch()) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.size() + " for model " + plan.model() + ", which takes " + plan.maxBatch());
        }
        if (batch.isEmpty()) {
            return List.of();
        }
        for (int i = 0; i < batch.size(); i++) {
            planes.fill(i, batch.get(i).pixels().memory());
        }
        run(batch.size());
        List<List<Detection>> found = new ArrayList<>(batch.size());
        for (int i = 0; i < batch.size(); i++) {
            found.add(decode(i, batch.get(i)));
        }
        return found;
    }

    /** A network that always takes the same number gets its pictures of former runs for those that are missing. */
    private void run(int wanted) {
        int pictures = plan.input().batch() > 0 ? slots : wanted;
        try {
            Binding binding = binding(pictures);
            // What is pinned lies in our own tensors; what is closed here is their wrapper, and what is not pinned.
            try (OrtSession.Result result = session.run(binding.inputs, unpinned, binding.pinned)) {
                for (Output output : outputs) {
                    if (output.isPinned()) {
                        output.convert(pictures);
                    } else {
                        output.take((OnnxTensor) result.get(output.name()).orElseThrow(), pictures);
                    }
                }
            }
        } catch (OrtException e) {
            throw new VapException(
                    ErrorCode.INFERENCE_FAILED,
                    "The model " + plan.model() + " failed on a frame; the service's log says more.",
                    e);
        }
    }

    private List<Detection> decode(int picture, InferenceRequest request) {
        List<FloatBuffer> view = views.get(picture);
        if (!unpinned.isEmpty()) {
            for (int i = 0; i < outputs.size(); i++) {
                view.set(i, outputs.get(i).of(picture));
            }
        }
        return decoder.decode(view, request);
    }

    private Binding binding(int pictures) throws OrtException {
        Binding known = bindings[pictures];
        if (known != null) {
            return known;
        }
        Binding binding = new Binding(new HashMap<>(), new HashMap<>());
        bindings[pictures] = binding;
        boolean whole = false;
        try {
            ByteBuffer part = pixels.slice(0, pictures * plan.format().bytes()).order(ByteOrder.nativeOrder());
            binding.inputs.put(
                    plan.input().name(),
                    Tensors.over(
                            part,
                            plan.input().dims(pictures),
                            Tensors.javaType(plan.input().element())));
            if (plan.input().targetSizes()) {
                binding.inputs.put(PictureInput.TARGET_SIZES, Tensors.targetSizes(plan.input(), pictures));
            }
            for (Output output : outputs) {
                if (output.isPinned()) {
                    binding.pinned.put(output.name(), output.tensor(pictures));
                }
            }
            whole = true;
            return binding;
        } finally {
            if (!whole) {
                bindings[pictures] = null;
                binding.close();
            }
        }
    }

    @Override
    public void close() {
        planes.close();
        for (int i = 0; i < bindings.length; i++) {
            if (bindings[i] != null) {
                bindings[i].close();
                bindings[i] = null;
            }
        }
    }
}

package dev.vap.inference.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.vap.inference.head.Head;
import dev.vap.inference.head.Heads;
import dev.vap.inference.head.Network;
import dev.vap.inference.head.TensorShape;
import dev.vap.inference.head.Thresholds;
import dev.vap.inference.model.Detector;
import dev.vap.inference.model.DetectorKind;
import dev.vap.inference.model.Labels;
import dev.vap.inference.model.Model;
import dev.vap.inference.model.ModelSpec;
import dev.vap.inference.model.Tuning;
import dev.vap.inference.vision.Planes;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.runtime.Cores;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A network from an ONNX file: one session, so its weights and its memory arena are there once, and as many detectors as the
 * caller has threads. What it takes and answers is found out from the file, as far as the catalogue does not say it.
 */
public final class OnnxModel implements Model {

    private static final Logger LOG = LoggerFactory.getLogger(OnnxModel.class);

    private final OrtSession session;
    private final Plan plan;
    private final Head head;
    private final Thresholds thresholds;
    private final ModelInfo info;
    private final Tuning tuning;

    /**
     * What a detector needs.
     *
     * @param outputs those that the head reads, for one picture, in its order
     * @param pinned for each of them: whether its size is the same in every run
     * @param maxBatch pictures that a detector takes at once
     */
    record Plan(
            String model,
            PictureInput input,
            Planes.Format format,
            List<TensorShape> outputs,
            List<Boolean> pinned,
            int maxBatch) {}

    private OnnxModel(OrtSession session, Plan plan, Head head, Thresholds thresholds, ModelInfo info, Tuning tuning) {
        this.session = session;
        this.plan = plan;
        this.head = head;
        this.thresholds = thresholds;
        this.info = info;
        this.tuning = tuning;
    }

    /**
     * Loads the file and runs it once or twice on a grey picture, which shows the real shapes of its outputs and that it works.
     * Blocks for some 100 ms.
     *
     * @param licence for the model's info; null if unknown
     * @param said what the catalogue says of it; the rest is found out
     * @throws VapException {@code model_not_onnx} or {@code model_unsupported}, with a sentence for the user
     */
    public static OnnxModel load(String name, String licence, Path file, ModelSpec said, Tuning tuning) {
        OnnxFile.check(file);
        Execution execution = open(name, file, tuning);
        OrtSession session = execution.session();
        try {
            return loaded(name, licence, file, execution, said, tuning);
        } catch (OrtException e) {
            closeAfter(session, e);
            execution.discard();
            throw Problems.unsupported(file, e);
        } catch (OutOfMemoryError e) {
            closeAfter(session, e);
            execution.discard();
            throw Problems.noMemory(name, e);
        } catch (RuntimeException | Error e) {
            closeAfter(session, e);
            execution.discard();
            throw e;
        }
    }

    /** A network whose licence is not known. */
    public static OnnxModel load(String name, Path file, ModelSpec said, Tuning tuning) {
        return load(name, null, file, said, tuning);
    }

    /** A network of which nothing is said, with one thread a run. */
    public static OnnxModel load(String name, Path file) {
        return load(name, file, ModelSpec.UNKNOWN, Tuning.cpu(Cores.available().count()));
    }

    private static Execution open(String name, Path file, Tuning tuning) {
        try {
            return Execution.open(name, file, tuning);
        } catch (OrtException e) {
            throw Problems.notLoaded(file, e);
        }
    }

    private static OnnxModel loaded(
            String name, String licence, Path file, Execution execution, ModelSpec said, Tuning tuning)
            throws OrtException {
        OrtSession session = execution.session();
        Map<String, String> metadata = session.getMetadata().getCustomMetadata();
        PictureInput input = PictureInput.of(shapes(session.getInputInfo()), said, metadata);
        Optional<Labels.Known> known = Labels.known(said.labels(), file, metadata);
        int pictures = Math.max(1, input.batch());
        Probe probe = Probe.run(session, input, said.range(), pictures);
        execution.confirm(name);
        Head head = Heads.recognise(network(input, probe, pictures, metadata, known), said.head());
        List<String> labels = Labels.of(head.classes(), known, file);
        Conventions conventions = Conventions.of(head, input, said, metadata);
        Plan plan = plan(name, session, input, conventions, head, probe, said, tuning);
        InputSpec spec = new InputSpec(input.width(), input.height(), conventions.fit(), InputSpec.Pixels.BGR);
        ModelInfo.Details details = new ModelInfo.Details(
                head.task(), head.name(), licence, execution.provider(), tuning.workers(), plan.maxBatch());
        ModelInfo info = new ModelInfo(name, DetectorKind.ONNX.wire(), true, null, spec, labels, details);
        LOG.info(
                "model {} loaded: {} {} -> {} {}, {} labels, batches of {}, {} workers of {} threads on {}",
                name,
                input,
                conventions,
                head.name(),
                plan.outputs(),
                labels.size(),
                plan.maxBatch(),
                tuning.workers(),
                tuning.intraThreads(),
                execution.provider());
        return new OnnxModel(session, plan, head, thresholds(said), info, tuning);
    }

    private static Network network(
            PictureInput input, Probe probe, int pictures, Map<String, String> metadata, Optional<Labels.Known> known) {
        return new Network(
                input.width(),
                input.height(),
                input.targetSizes() ? List.of(PictureInput.TARGET_SIZES) : List.of(),
                probe.perPicture(pictures),
                probe.ofFirst(pictures),
                metadata,
                known.map(k -> k.labels().size()).orElse(-1));
    }

    private static Plan plan(
            String name,
            OrtSession session,
            PictureInput input,
            Conventions conventions,
            Head head,
            Probe probe,
            ModelSpec said,
            Tuning tuning)
            throws OrtException {
        Planes.Format format = new Planes.Format(
                input.width(),
                input.height(),
                input.layout(),
                input.element(),
                conventions.colours(),
                conventions.range());
        List<TensorShape> declared = shapes(session.getOutputInfo());
        List<TensorShape> all = probe.perPicture(Math.max(1, input.batch()));
        List<TensorShape> outputs = new ArrayList<>();
        List<Boolean> pinned = new ArrayList<>();
        for (int index : head.reads()) {
            TensorShape output = all.get(index);
            if (ElementType.named(output.type()).isEmpty()) {
                throw Problems.unsupported("The model's output is " + output
                        + ": supported are float, float16, int64, int32 and uint8; export it with one of those.");
            }
            outputs.add(output);
            // Open dimensions are fixed by the size of the picture, save in heads with a row for each object.
            boolean open = declared.get(index).rank() != output.rank()
                    || declared.get(index).dims().stream().skip(1).anyMatch(dim -> dim < 0)
                    || (declared.get(index).dim(0) < 0 && output.dim(0) != 1);
            pinned.add(!(open && head.varies()));
        }
        int wanted = Math.min(tuning.maxBatch(), said.maxBatch() == null ? tuning.maxBatch() : said.maxBatch());
        int maxBatch = Batches.most(session, input, head, probe, Math.max(1, wanted));
        return new Plan(name, input, format, List.copyOf(outputs), List.copyOf(pinned), maxBatch);
    }

    private static List<TensorShape> shapes(Map<String, NodeInfo> nodes) {
        return nodes.values().stream().map(Tensors::shape).toList();
    }

    private static Thresholds thresholds(ModelSpec said) {
        return new Thresholds(
                said.confidence() == null
                        ? Thresholds.DEFAULT.confidence()
                        : said.confidence().floatValue(),
                said.nmsIou() == null ? Thresholds.DEFAULT.iou() : said.nmsIou().floatValue(),
                List.of());
    }

    @Override
    public ModelInfo info() {
        return info;
    }

    @Override
    public int parallelism() {
        return tuning.workers();
    }

    @Override
    public Duration maxDelay() {
        return tuning.maxDelay();
    }

    @Override
    public int maxBatch() {
        return plan.maxBatch();
    }

    @Override
    public Detector newDetector() {
        try {
            return new OnnxDetector(session, plan, head.newDecoder(info.labels(), thresholds));
        } catch (OutOfMemoryError e) {
            // Its buffers are collected with it.
            throw Problems.noMemory(plan.model(), e);
        }
    }

    @Override
    public void close() {
        try {
            session.close();
        } catch (OrtException e) {
            LOG.warn("model {} could not be closed", info.name(), e);
        }
    }

    private static void closeAfter(OrtSession session, Throwable cause) {
        try {
            session.close();
        } catch (OrtException e) {
            cause.addSuppressed(e);
        }
    }
}

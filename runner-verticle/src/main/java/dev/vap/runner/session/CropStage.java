package dev.vap.runner.session;

import dev.vap.runner.inference.InferenceClient;
import dev.vap.runner.inference.InferenceFailure;
import dev.vap.runner.preprocess.Scaling;
import dev.vap.runner.session.CropMaker.Area;
import dev.vap.shared.domain.BoundingBox;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.PipelineStage;
import dev.vap.shared.protocol.FrameBuffer;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import dev.vap.shared.protocol.ModelInfo;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;

/** One further model of a session: looks at crops of what was found in a frame. Confined to the session's context. */
final class CropStage {

    private final Pipeline pipeline;
    private final PipelineStage options;
    private final ModelInfo model;
    private final String stream;
    private final InferenceClient client;
    private final CropMaker maker;
    private final FrameBufferPool pool;
    /** Null if pictures go out as they are. */
    private final JpegPictures jpegs;

    private final boolean classifies;

    /** One object of a frame, cut out. */
    private static final class Crop {
        final int index;
        final Area area;
        final FrameBuffer pixels;
        /** The same as JPEG; null as long as nobody wanted it. */
        FrameBuffer jpeg;

        Scaling scaling;
        int tries;
        int failures;

        Crop(int index, Area area, FrameBuffer pixels) {
            this.index = index;
            this.area = area;
            this.pixels = pixels;
        }

        void free() {
            pixels.release();
            if (jpeg != null) {
                jpeg.release();
            }
        }
    }

    /**
     * @param frames whose crops may be on their way at the same time
     * @param jpeg whether crops that leave this process are encoded
     */
    CropStage(
            Pipeline pipeline,
            PipelineStage options,
            ModelInfo model,
            String stream,
            InferenceClient client,
            int frames,
            boolean jpeg) {
        this.pipeline = pipeline;
        this.options = options;
        this.model = model;
        this.stream = stream;
        this.client = client;
        this.maker = new CropMaker(model.input());
        int most = frames * options.maxCrops();
        this.pool = new FrameBufferPool(model.input().maxBytes(), most);
        this.jpegs = jpeg ? pipeline.jpegs(model.input(), most) : null;
        this.classifies = model.details() != null
                && ModelInfo.CLASSIFY.equals(model.details().task());
    }

    /**
     * Adds what the model says to the list: attributes if it classifies, else detections with a parent.
     *
     * @param found best first; those of the scenario's own model have no parent
     */
    Future<Void> add(Frame frame, List<Detection> found) {
        List<Crop> crops = select(frame, found);
        if (crops.isEmpty()) {
            return Future.succeededFuture();
        }
        return pipeline.block(() -> {
                    for (Crop crop : crops) {
                        crop.scaling = maker.cut(
                                frame.source(), frame.sourceWidth, frame.sourceHeight, crop.area, crop.pixels);
                    }
                    return null;
                })
                .compose(cut -> analyseAll(frame, crops, found))
                .onComplete(done -> crops.forEach(Crop::free));
    }

    private List<Crop> select(Frame frame, List<Detection> found) {
        List<Crop> crops = new ArrayList<>();
        for (int i = 0; i < found.size() && crops.size() < options.maxCrops(); i++) {
            Detection detection = found.get(i);
            if (detection.parent() != Detection.NO_PARENT || !options.looksAt(detection)) {
                continue;
            }
            Area area = Area.around(detection.box(), options.margin(), frame.sourceWidth, frame.sourceHeight);
            FrameBuffer pixels = area == null ? null : pool.acquire();
            if (pixels != null) {
                crops.add(new Crop(i, area, pixels));
            } else {
                pipeline.skipped(area == null ? "too_small" : "no_buffer");
            }
        }
        return crops;
    }

    private Future<Void> analyseAll(Frame frame, List<Crop> crops, List<Detection> found) {
        List<Future<InferenceReply>> answers = new ArrayList<>(crops.size());
        for (Crop crop : crops) {
            Promise<InferenceReply> promise = Promise.promise();
            analyse(frame, crop, promise);
            answers.add(promise.future());
        }
        // All of them, whatever becomes of one: the pixels are needed until then.
        return Future.join(answers).map(all -> {
            for (int i = 0; i < crops.size(); i++) {
                if (answers.get(i).result() != null) {
                    attach(crops.get(i), answers.get(i).result(), frame, found);
                }
            }
            return null;
        });
    }

    /** Completes with null if a crop of a live source was not analysed. */
    private void analyse(Frame frame, Crop crop, Promise<InferenceReply> promise) {
        crop.tries++;
        client.analyse((remote, deadline) -> (remote ? encoded(crop) : Future.succeededFuture())
                        .map(done -> request(frame, crop, remote, deadline)))
                .onComplete(answer -> {
                    if (pipeline.isStopped()) {
                        promise.fail(Pipeline.stopped());
                    } else if (answer.succeeded()) {
                        pipeline.analysed();
                        promise.complete(answer.result());
                    } else {
                        onFailure(frame, crop, InferenceFailure.of(answer.cause()), promise);
                    }
                });
    }

    private void onFailure(Frame frame, Crop crop, InferenceFailure failure, Promise<InferenceReply> promise) {
        if (pipeline.isLive()) {
            pipeline.skipped(failure.cause());
            promise.complete(null);
            return;
        }
        boolean hopeless = failure.kind() == InferenceFailure.Kind.FATAL
                || (failure.kind() == InferenceFailure.Kind.SUSPECT && ++crop.failures >= pipeline.suspectTries());
        if (hopeless) {
            promise.fail(failure.error());
        } else {
            pipeline.again(crop.tries, failure, () -> analyse(frame, crop, promise), promise::tryFail);
        }
    }

    /** Sees to the crop's JPEG, if it is to have one. */
    private Future<Void> encoded(Crop crop) {
        if (jpegs == null || crop.jpeg != null) {
            return Future.succeededFuture();
        }
        return jpegs.of(crop.pixels, crop.scaling.inputWidth(), crop.scaling.inputHeight())
                .map(jpeg -> {
                    crop.jpeg = jpeg;
                    return null;
                });
    }

    private InferenceRequest request(Frame frame, Crop crop, boolean remote, long deadline) {
        boolean asJpeg = remote && crop.jpeg != null;
        return new InferenceRequest(
                stream,
                frame.number,
                frame.ptsMillis,
                asJpeg ? crop.jpeg : crop.pixels,
                crop.scaling.inputWidth(),
                crop.scaling.inputHeight(),
                model.input().pixels().channels(),
                asJpeg ? Encoding.JPEG : Encoding.RAW,
                crop.area.width(),
                crop.area.height(),
                crop.scaling.placement(),
                Float.NaN,
                Float.NaN,
                List.of(),
                deadline);
    }

    private void attach(Crop crop, InferenceReply reply, Frame frame, List<Detection> found) {
        if (!classifies) {
            for (Detection inside : reply.detections()) {
                found.add(new Detection(
                        inside.label(),
                        inside.classId(),
                        inside.confidence(),
                        inFrame(inside.box(), crop.area, frame),
                        List.of(),
                        crop.index));
            }
        } else if (!reply.detections().isEmpty()) {
            Detection best = reply.detections().get(0);
            found.set(
                    crop.index,
                    found.get(crop.index)
                            .with(new Detection.Attribute(options.model(), best.label(), best.confidence())));
        }
    }

    private static BoundingBox inFrame(BoundingBox box, Area area, Frame frame) {
        return new BoundingBox(
                Math.min(frame.sourceWidth, box.xMin() + area.left()),
                Math.min(frame.sourceHeight, box.yMin() + area.top()),
                Math.min(frame.sourceWidth, box.xMax() + area.left()),
                Math.min(frame.sourceHeight, box.yMax() + area.top()));
    }

    int buffersInUse() {
        return pool.inUse() + (jpegs == null ? 0 : jpegs.buffersInUse());
    }

    /** Blocks for a moment. */
    void close() {
        maker.close();
        pool.close();
        if (jpegs != null) {
            jpegs.close();
        }
    }
}

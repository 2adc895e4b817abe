package dev.vap.shared.protocol;

import dev.vap.shared.domain.Detection;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;

/**
 * Codecs of {@link InferenceRequest} and {@link InferenceReply}: by reference inside a process (a plain Buffer would be
 * copied), a JSON header and raw pixels between processes.
 */
public final class InferenceCodecs {

    private static final int MAX_BYTES = 8192 * 8192 * 3;

    private InferenceCodecs() {}

    /** Registers both; once on every Vert.x instance that sends or receives them. */
    public static void register(EventBus bus) {
        bus.registerDefaultCodec(InferenceRequest.class, new RequestCodec());
        bus.registerDefaultCodec(InferenceReply.class, new ReplyCodec());
    }

    static final class RequestCodec implements MessageCodec<InferenceRequest, InferenceRequest> {

        @Override
        public void encodeToWire(Buffer wire, InferenceRequest r) {
            JsonObject header = new JsonObject()
                    .put("v", Protocol.VERSION)
                    .put("stream", r.stream())
                    .put("frame_number", r.frameNumber())
                    .put("pts_ms", r.ptsMillis())
                    .put("width", r.width())
                    .put("height", r.height())
                    .put("channels", r.channels())
                    .put("source_width", r.sourceWidth())
                    .put("source_height", r.sourceHeight())
                    .put("scale", r.scale())
                    .put("classes", new JsonArray(r.classes()))
                    .put("remaining_ms", r.remainingMillis(System.nanoTime()));
            if (!Float.isNaN(r.minConfidence())) {
                header.put("confidence", r.minConfidence());
            }
            if (!Float.isNaN(r.nmsIou())) {
                header.put("nms_iou", r.nmsIou());
            }
            Buffer encoded = header.toBuffer();
            wire.appendInt(encoded.length()).appendBuffer(encoded);
            ByteBuffer pixels = r.pixels().memory().duplicate();
            pixels.position(0).limit(r.pixelBytes());
            wire.appendBuffer(BufferInternal.buffer(Unpooled.wrappedBuffer(pixels)));
        }

        @Override
        public InferenceRequest decodeFromWire(int position, Buffer wire) {
            int headerLength = wire.getInt(position);
            int at = position + 4 + headerLength;
            MessageReader in = MessageReader.of(wire.getBuffer(position + 4, at).toJsonObject());
            int width = in.integer("width");
            int height = in.integer("height");
            int channels = in.integer("channels");
            long bytes = (long) width * height * channels;
            if (width < 1 || height < 1 || channels < 1 || bytes > MAX_BYTES || at + bytes > wire.length()) {
                throw new MessageFormatException("frame of " + width + "x" + height + "x" + channels
                        + " does not fit its message of " + wire.length() + " bytes");
            }
            FrameBuffer pixels = FrameBuffer.unpooled((int) bytes);
            ((BufferInternal) wire).getByteBuf().getBytes(at, pixels.memory().duplicate());
            return new InferenceRequest(
                    in.string("stream"),
                    in.number("frame_number"),
                    in.number("pts_ms"),
                    pixels,
                    width,
                    height,
                    channels,
                    in.integer("source_width"),
                    in.integer("source_height"),
                    in.real("scale", 1),
                    (float) in.real("confidence", Float.NaN),
                    (float) in.real("nms_iou", Float.NaN),
                    in.array("classes").stream().map(String::valueOf).toList(),
                    System.nanoTime() + in.number("remaining_ms") * 1_000_000);
        }

        @Override
        public InferenceRequest transform(InferenceRequest request) {
            return request;
        }

        @Override
        public String name() {
            return "vap-inference-request";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }

    static final class ReplyCodec implements MessageCodec<InferenceReply, InferenceReply> {

        @Override
        public void encodeToWire(Buffer wire, InferenceReply reply) {
            Buffer encoded = new JsonObject()
                    .put("v", Protocol.VERSION)
                    .put("detections", Detection.toJson(reply.detections()))
                    .put("detector", reply.detector())
                    .put("queue_us", reply.queueMicros())
                    .put("inference_us", reply.inferenceMicros())
                    .toBuffer();
            wire.appendInt(encoded.length()).appendBuffer(encoded);
        }

        @Override
        public InferenceReply decodeFromWire(int position, Buffer wire) {
            int length = wire.getInt(position);
            MessageReader in = MessageReader.of(
                    wire.getBuffer(position + 4, position + 4 + length).toJsonObject());
            return new InferenceReply(
                    Detection.listFromJson(in.array("detections")),
                    in.string("detector"),
                    in.number("queue_us"),
                    in.number("inference_us"));
        }

        @Override
        public InferenceReply transform(InferenceReply reply) {
            return reply;
        }

        @Override
        public String name() {
            return "vap-inference-reply";
        }

        @Override
        public byte systemCodecID() {
            return -1;
        }
    }
}

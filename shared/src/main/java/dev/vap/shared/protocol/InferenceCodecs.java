package dev.vap.shared.protocol;

import dev.vap.shared.domain.Detection;
import dev.vap.shared.protocol.InferenceRequest.Encoding;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.util.Locale;

/**
 * Codecs of {@link InferenceRequest} and {@link InferenceReply}: by reference inside a process, a JSON header and raw pixels
 * between processes.
 */
public final class InferenceCodecs {

    private static final int MAX_BYTES = 8192 * 8192 * 3;

    /** Of a tiny picture the tables of a JPEG are larger than its pixels. */
    private static final int MAX_JPEG_OVERHEAD = 64 * 1024;

    private InferenceCodecs() {}

    /** Registers both; once on every Vert.x instance that sends or receives them. */
    public static void register(EventBus bus) {
        bus.registerDefaultCodec(InferenceRequest.class, new RequestCodec());
        bus.registerDefaultCodec(InferenceReply.class, new ReplyCodec());
    }

    static final class RequestCodec extends ByReferenceCodec<InferenceRequest> {

        private final ReceivedFrames received = new ReceivedFrames();

        RequestCodec() {
            super("vap-inference-request");
        }

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
                    .put("encoding", r.encoding().name().toLowerCase(Locale.ROOT))
                    .put("bytes", r.encodedBytes())
                    .put("source_width", r.sourceWidth())
                    .put("source_height", r.sourceHeight())
                    .put("scale_x", r.placement().scaleX())
                    .put("scale_y", r.placement().scaleY())
                    .put("left", r.placement().left())
                    .put("top", r.placement().top())
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
            // A message may have waited for its connection until its sender has given up.
            FrameBuffer held = r.pixels().retain();
            try {
                ByteBuffer pixels = held.memory().duplicate();
                pixels.position(0).limit(r.encodedBytes());
                wire.appendBuffer(BufferInternal.buffer(Unpooled.wrappedBuffer(pixels)));
            } finally {
                held.release();
            }
        }

        @Override
        public InferenceRequest decodeFromWire(int position, Buffer wire) {
            int headerLength = wire.getInt(position);
            int at = position + 4 + headerLength;
            MessageReader in = MessageReader.of(wire.getBuffer(position + 4, at).toJsonObject());
            int width = in.integer("width");
            int height = in.integer("height");
            int channels = in.integer("channels");
            Encoding encoding = in.converted("encoding", e -> Encoding.valueOf(e.toUpperCase(Locale.ROOT)));
            long decoded = (long) width * height * channels;
            long bytes = encoding == Encoding.RAW ? decoded : in.number("bytes");
            if (width < 1
                    || height < 1
                    || channels < 1
                    || decoded > MAX_BYTES
                    || bytes < 1
                    || bytes > decoded + MAX_JPEG_OVERHEAD
                    || at + bytes > wire.length()) {
                throw new MessageFormatException("frame of " + width + "x" + height + "x" + channels
                        + " does not fit its message of " + wire.length() + " bytes");
            }
            FrameBuffer pixels =
                    encoding == Encoding.RAW ? received.acquire((int) bytes) : FrameBuffer.unpooled((int) bytes);
            try {
                ((BufferInternal) wire)
                        .getByteBuf()
                        .getBytes(at, pixels.memory().duplicate());
                return request(in, pixels, width, height, channels, encoding);
            } catch (RuntimeException e) {
                // Nobody gets it who could give it back.
                pixels.releaseReceived();
                throw e;
            }
        }

        private static InferenceRequest request(
                MessageReader in, FrameBuffer pixels, int width, int height, int channels, Encoding encoding) {
            return new InferenceRequest(
                    in.string("stream"),
                    in.number("frame_number"),
                    in.number("pts_ms"),
                    pixels,
                    width,
                    height,
                    channels,
                    encoding,
                    in.integer("source_width"),
                    in.integer("source_height"),
                    placement(in),
                    (float) in.real("confidence", Float.NaN),
                    (float) in.real("nms_iou", Float.NaN),
                    in.array("classes").stream().map(String::valueOf).toList(),
                    System.nanoTime() + in.number("remaining_ms") * 1_000_000);
        }

        private static Placement placement(MessageReader in) {
            try {
                return new Placement(
                        in.real("scale_x", 1), in.real("scale_y", 1), in.real("left", 0), in.real("top", 0));
            } catch (IllegalArgumentException e) {
                throw new MessageFormatException("field \"scale_x\" has a value that can't be read", e);
            }
        }
    }

    static final class ReplyCodec extends ByReferenceCodec<InferenceReply> {

        ReplyCodec() {
            super("vap-inference-reply");
        }

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
    }
}

package dev.vap.shared.protocol;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.EventBus;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.UUID;

/** Codec of {@link PreviewPicture}: by reference inside a process, a binary header and the JPEG between processes. */
public final class PreviewCodec extends ByReferenceCodec<PreviewPicture> {

    private static final int MAX_BYTES = 16 << 20;
    /** Version; scenario; epoch; frame number; seconds and nanoseconds; pts; width and height; length of the JPEG. */
    private static final int HEADER = 4 + 16 + 8 + 8 + 8 + 4 + 8 + 4 + 4 + 4;

    PreviewCodec() {
        super("vap-preview");
    }

    /** Once on every Vert.x instance that publishes or receives pictures. */
    public static void register(EventBus bus) {
        bus.registerDefaultCodec(PreviewPicture.class, new PreviewCodec());
    }

    @Override
    public void encodeToWire(Buffer wire, PreviewPicture p) {
        Instant at = p.timestamp();
        wire.appendInt(Protocol.VERSION)
                .appendLong(p.scenario().getMostSignificantBits())
                .appendLong(p.scenario().getLeastSignificantBits())
                .appendLong(p.epoch())
                .appendLong(p.frameNumber())
                .appendLong(at.getEpochSecond())
                .appendInt(at.getNano())
                .appendLong(p.ptsMillis())
                .appendInt(p.sourceWidth())
                .appendInt(p.sourceHeight())
                .appendInt(p.jpeg().length())
                .appendBuffer(p.jpeg());
    }

    @Override
    public PreviewPicture decodeFromWire(int position, Buffer wire) {
        if (wire.length() - position < HEADER) {
            throw new MessageFormatException("a preview of " + (wire.length() - position) + " bytes");
        }
        int version = wire.getInt(position);
        int length = wire.getInt(position + HEADER - 4);
        int at = position + HEADER;
        if (version > Protocol.VERSION || length < 1 || length > MAX_BYTES || wire.length() - at < length) {
            throw new MessageFormatException("a preview of version " + version + " with a picture of " + length
                    + " bytes does not fit its message of " + wire.length());
        }
        return new PreviewPicture(
                new UUID(wire.getLong(position + 4), wire.getLong(position + 12)),
                wire.getLong(position + 20),
                wire.getLong(position + 28),
                instant(wire.getLong(position + 36), wire.getInt(position + 44)),
                wire.getLong(position + 48),
                wire.getInt(position + 56),
                wire.getInt(position + 60),
                wire.getBuffer(at, at + length));
    }

    private static Instant instant(long seconds, int nanos) {
        try {
            return Instant.ofEpochSecond(seconds, nanos);
        } catch (DateTimeException e) {
            throw new MessageFormatException("a preview whose time can't be read", e);
        }
    }
}

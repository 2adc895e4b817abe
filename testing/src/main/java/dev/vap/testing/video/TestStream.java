package dev.vap.testing.video;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A clip made by code, played in a loop for ever: frame {@code n} of the stream is frame {@code n mod length} of the clip.
 * Encoded once a JVM for each {@link StreamSpec}. Immutable and safe for any thread; nobody may write to its arrays.
 */
public final class TestStream {
    private static final Map<StreamSpec, TestStream> MADE = new ConcurrentHashMap<>();

    private static final int NAL_IDR = 5;
    private static final int NAL_SPS = 7;
    private static final int NAL_PPS = 8;

    private static final int NAL_DELIMITER = 9;

    private final StreamSpec spec;
    private final List<Unit> units;

    private TestStream(StreamSpec spec) {
        this(spec, encode(spec));
    }

    private TestStream(StreamSpec spec, List<Unit> units) {
        this.spec = spec;
        this.units = List.copyOf(units);
        if (!units.get(0).key()) {
            throw new IllegalStateException("The clip does not begin with a key frame.");
        }
    }

    private static List<Unit> encode(StreamSpec spec) {
        List<Unit> made = new ArrayList<>();
        for (byte[] encoded : Encoder.encode(spec)) {
            made.add(
                    spec.codec() == StreamSpec.Codec.H264
                            ? Unit.ofH264(split(encoded))
                            : new Unit(List.of(encoded), true));
        }
        return made;
    }

    /**
     * The bytes of one frame.
     *
     * @param parts of H.264 its NAL units without start codes, the parameter sets in front of each key frame; else one
     *     JPEG picture
     */
    public record Unit(List<byte[]> parts, boolean key) {
        private static Unit ofH264(List<byte[]> nals) {
            return new Unit(List.copyOf(nals), nals.stream().anyMatch(nal -> type(nal) == NAL_IDR));
        }

        /** With start codes. */
        byte[] annexB() {
            byte[] all =
                    new byte[parts.stream().mapToInt(part -> part.length + 4).sum()];
            int at = 0;
            for (byte[] part : parts) {
                all[at + 3] = 1;
                System.arraycopy(part, 0, all, at + 4, part.length);
                at += part.length + 4;
            }
            return all;
        }
    }

    /** Encodes the clip, or returns the one made before. */
    public static TestStream of(StreamSpec spec) {
        return MADE.computeIfAbsent(spec, TestStream::new);
    }

    /**
     * A clip that someone else encoded.
     *
     * @param spec what it is; nothing is checked but the number of frames
     * @param annexB H.264 with start codes and an access unit delimiter in front of every frame, without B-frames
     */
    public static TestStream ofH264(StreamSpec spec, byte[] annexB) {
        List<List<byte[]>> frames = new ArrayList<>();
        for (byte[] nal : split(annexB)) {
            if (type(nal) == NAL_DELIMITER) {
                frames.add(new ArrayList<>());
            } else if (!frames.isEmpty()) {
                frames.get(frames.size() - 1).add(nal);
            }
        }
        if (frames.size() != spec.frames()) {
            throw new IllegalArgumentException(frames.size() + " frames instead of " + spec.frames());
        }
        return new TestStream(spec, frames.stream().map(Unit::ofH264).toList());
    }

    public static TestStream h264(int width, int height) {
        return of(StreamSpec.h264(width, height));
    }

    public static TestStream mjpeg(int width, int height) {
        return of(StreamSpec.mjpeg(width, height));
    }

    public StreamSpec spec() {
        return spec;
    }

    /** The frame at this place of the endless stream, from 0 on. */
    public Unit unit(long number) {
        return units.get((int) (number % units.size()));
    }

    /** Left edge of the light box in this frame; it is a quarter of the height wide, and moves in every frame. */
    public int boxLeft(long number) {
        return boxLeft(spec, number);
    }

    static int boxLeft(StreamSpec spec, long number) {
        int way = spec.width() - spec.height() / 4;
        return (int) ((number % spec.frames()) * Math.max(0, way) / spec.frames());
    }

    /** H.264 only: the first sequence parameter set, without start code. */
    public byte[] sps() {
        return parameterSet(NAL_SPS);
    }

    /** H.264 only: the first picture parameter set, without start code. */
    public byte[] pps() {
        return parameterSet(NAL_PPS);
    }

    private byte[] parameterSet(int type) {
        return units.get(0).parts().stream()
                .filter(nal -> type(nal) == type)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("There is no parameter set in " + spec + "."))
                .clone();
    }

    /** Writes the clip as MP4 with its index (moov) in front. */
    public Path mp4(Path file) {
        Muxer.mp4(this, file, true);
        return file;
    }

    /** Writes the clip as MP4 with its index (moov) at the end, as recorders do. */
    public Path mp4IndexLast(Path file) {
        Muxer.mp4(this, file, false);
        return file;
    }

    /** Writes the clip as MPEG-TS. */
    public Path mpegTs(Path file) {
        return write(file, mpegTs(0, spec.frames()));
    }

    /** Frames of the endless stream as MPEG-TS that may follow what came before. */
    public byte[] mpegTs(long first, int count) {
        return Muxer.mpegTs(this, first, count);
    }

    /** The same clip in parts with playlists. */
    public Hls hls() {
        return new Hls(this);
    }

    static Path write(Path file, byte[] content) {
        try {
            return Files.write(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static int type(byte[] nal) {
        return nal[0] & 0x1f;
    }

    /** Takes NAL units apart at their start codes. */
    static List<byte[]> split(byte[] annexB) {
        List<byte[]> nals = new ArrayList<>();
        int start = next(annexB, 0);
        while (start < annexB.length) {
            int following = next(annexB, start);
            int end = following < annexB.length || endsWithCode(annexB) ? following - 3 : following;
            while (end > start && annexB[end - 1] == 0) {
                end--;
            }
            nals.add(Arrays.copyOfRange(annexB, start, end));
            start = following;
        }
        return nals;
    }

    private static boolean endsWithCode(byte[] bytes) {
        int n = bytes.length;
        return n >= 3 && bytes[n - 3] == 0 && bytes[n - 2] == 0 && bytes[n - 1] == 1;
    }

    /** Where the NAL unit after the next start code begins; the length if there is none. */
    private static int next(byte[] bytes, int from) {
        for (int i = from; i + 2 < bytes.length; i++) {
            if (bytes[i] == 0 && bytes[i + 1] == 0 && bytes[i + 2] == 1) {
                return i + 3;
            }
        }
        return bytes.length;
    }
}

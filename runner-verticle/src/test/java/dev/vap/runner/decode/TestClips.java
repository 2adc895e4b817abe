package dev.vap.runner.decode;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;

/**
 * Small clips for tests. Each frame carries its own number, 0 to 4095, as a grid of 4 x 3 light and dark fields, which
 * survives compression: {@link #draw} and {@link #numberIn}.
 */
public final class TestClips {
    private static final int COLUMNS = 4;
    private static final int ROWS = 3;

    private TestClips() {}

    /** A plain H.264 clip: 64x48, 10 frames a second, a key frame every 25. */
    public static Path plain(Path file, int frames) {
        return clip(ClipOptions.of(file, 64, 48, 10).withKeyEvery(25), frames);
    }

    /** A clip of numbered frames at a constant rate. */
    public static Path clip(ClipOptions options, int frames) {
        return clip(options, LongStream.range(0, frames).toArray());
    }

    /** A clip of numbered frames, each shown at its slot. */
    public static Path clip(ClipOptions options, long[] slots) {
        ByteBuffer bgr = ByteBuffer.allocateDirect(options.width() * options.height() * 3);
        try (ClipEncoder clip = ClipEncoder.open(options)) {
            for (int i = 0; i < slots.length; i++) {
                draw(bgr, options.width(), options.height(), i);
                clip.write(bgr, slots[i]);
            }
            clip.finish();
        }
        return options.path();
    }

    /**
     * Fills the buffer from 0 to its limit with the picture of a number, faintly textured so that no two rows are
     * equal.
     */
    public static void draw(ByteBuffer bgr, int width, int height, int number) {
        bgr.clear();
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int bit = y * ROWS / height * COLUMNS + x * COLUMNS / width;
                int light = (number >> bit & 1) == 1 ? 200 : 20;
                bgr.put((byte) (light + (x + number) % 30));
                bgr.put((byte) (light + (y + 2 * number) % 30));
                bgr.put((byte) (light + (x + y) % 30));
            }
        }
        bgr.flip();
    }

    /** Reads the number back from a frame of BGR pixels that starts at the buffer's position. */
    public static int numberIn(ByteBuffer bgr, int width, int height) {
        int number = 0;
        for (int bit = 0; bit < COLUMNS * ROWS; bit++) {
            int x = (2 * (bit % COLUMNS) + 1) * width / (2 * COLUMNS);
            int y = (2 * (bit / COLUMNS) + 1) * height / (2 * ROWS);
            int green = bgr.get(bgr.position() + (y * width + x) * 3 + 1) & 0xff;
            number |= (green > 128 ? 1 : 0) << bit;
        }
        return number;
    }

    /** The number drawn into the reader's current frame. */
    public static int numberIn(VideoReader reader) {
        return numberIn(reader.bgr(), reader.frameWidth(), reader.frameHeight());
    }

    /** A second of silence as AAC in MP4. */
    public static Path audioOnly(Path file) {
        TestAudio.write(file, false);
        return file;
    }

    /** A second of silence as AAC in MP4, with a cover picture, which FFmpeg shows as a video stream of one frame. */
    public static Path audioWithCover(Path file) {
        TestAudio.write(file, true);
        return file;
    }

    /** The first part of a file, {@code share} of its bytes. */
    public static Path truncated(Path from, Path to, double share) {
        byte[] all = read(from);
        return write(to, Arrays.copyOf(all, (int) (all.length * share)));
    }

    /** A copy with bits flipped in the frames, never in the index or in the first tenth of the frames. */
    public static Path damaged(Path from, Path to, int bits, long seed) {
        byte[] all = read(from);
        int start = find(all, "mdat") + 4;
        int index = find(all, "moov");
        int end = index > start ? index - 4 : all.length;
        Random random = new Random(seed);
        int first = start + (end - start) / 10;
        for (int i = 0; i < bits; i++) {
            all[first + random.nextInt(end - first)] ^= (byte) (1 << random.nextInt(8));
        }
        return write(to, all);
    }

    /** A copy whose sample description names a codec that does not exist. */
    public static Path unknownCodec(Path from, Path to) {
        byte[] all = read(from);
        int entryType = find(all, "stsd") + 16;
        System.arraycopy("zzzz".getBytes(StandardCharsets.ISO_8859_1), 0, all, entryType, 4);
        return write(to, all);
    }

    /** A copy that asks players to turn the picture clockwise by 90, 180 or 270 degrees. */
    public static Path rotated(Path from, Path to, int degrees) {
        byte[] all = read(from);
        // Version 0: 40 bytes of fields, then the matrix a b u c d v x y w in 16.16 (u, v, w: 2.30) fixed point.
        ByteBuffer matrix = ByteBuffer.wrap(all).position(find(all, "tkhd") + 4 + 40);
        int cos = (int) Math.round(Math.cos(Math.toRadians(degrees))) << 16;
        int sin = (int) Math.round(Math.sin(Math.toRadians(degrees))) << 16;
        for (int value : new int[] {cos, sin, 0, -sin, cos, 0, 0, 0, 1 << 30}) {
            matrix.putInt(value);
        }
        return write(to, all);
    }

    /** Motion JPEG without a container: numbered frames, first of one size, then of another. */
    public static Path jpegs(Path file, int frames, int width, int height, int laterWidth, int laterHeight) {
        try (OutputStream out = Files.newOutputStream(file)) {
            for (int i = 0; i < frames; i++) {
                boolean later = i >= frames / 2;
                out.write(jpeg(later ? laterWidth : width, later ? laterHeight : height, i));
            }
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A numbered picture as JPEG. */
    public static byte[] jpeg(int width, int height, int number) throws IOException {
        ByteBuffer bgr = ByteBuffer.allocate(width * height * 3);
        draw(bgr, width, height, number);
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        image.getRaster().setDataElements(0, 0, width, height, rgb(bgr));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "jpg", bytes);
        return bytes.toByteArray();
    }

    private static byte[] rgb(ByteBuffer bgr) {
        byte[] rgb = new byte[bgr.remaining()];
        for (int i = 0; i < rgb.length; i++) {
            rgb[i] = bgr.get(i / 3 * 3 + 2 - i % 3);
        }
        return rgb;
    }

    /**
     * The folder of real clips beside the repository: named by the system property {@code vap.videos} or the
     * environment variable {@code VAP_VIDEOS}, else {@code shared/videos} beside the folder that holds {@code .mvn}.
     */
    public static Optional<Path> sharedVideos() {
        String named = System.getProperty("vap.videos", System.getenv("VAP_VIDEOS"));
        if (named != null) {
            return Optional.of(Path.of(named)).filter(Files::isDirectory);
        }
        Path folder = Path.of("").toAbsolutePath();
        while (folder != null && !Files.isDirectory(folder.resolve(".mvn"))) {
            folder = folder.getParent();
        }
        return Optional.ofNullable(folder)
                .map(root -> root.resolveSibling("shared").resolve("videos"))
                .filter(Files::isDirectory);
    }

    static int find(byte[] all, String box) {
        byte[] name = box.getBytes(StandardCharsets.ISO_8859_1);
        for (int i = 0; i + name.length <= all.length; i++) {
            if (Arrays.equals(all, i, i + name.length, name, 0, name.length)) {
                return i;
            }
        }
        throw new IllegalArgumentException("no " + box);
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path write(Path file, byte[] bytes) {
        try {
            return Files.write(file, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

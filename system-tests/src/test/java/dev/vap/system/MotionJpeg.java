package dev.vap.system;

import dev.vap.testing.Await;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.imageio.ImageIO;

/** Reads pictures from a Motion JPEG, on a thread of its own, until it is closed. */
final class MotionJpeg implements AutoCloseable {

    private final InputStream in;
    private final Thread reader;
    private final List<Part> parts = new CopyOnWriteArrayList<>();
    private volatile boolean closed;
    private volatile String failure;

    /** One picture, and which frame of the scenario it is. */
    record Part(long frame, BufferedImage picture) {}

    MotionJpeg(InputStream in) {
        this.in = in;
        this.reader = new Thread(this::read, "motion-jpeg");
        reader.setDaemon(true);
        reader.start();
    }

    /** The next picture of a later frame than this one. */
    Part after(long frame, Duration deadline) {
        return Await.value(
                "a picture after frame " + frame,
                deadline,
                () -> {
                    if (failure != null) {
                        throw new IllegalStateException(failure);
                    }
                    return parts.stream()
                            .filter(part -> part.frame() > frame)
                            .findFirst()
                            .orElse(null);
                },
                part -> part != null);
    }

    private void read() {
        try {
            while (true) {
                parts.add(part());
            }
        } catch (IOException | RuntimeException e) {
            if (!closed) {
                failure = "The stream has ended: " + e;
            }
        }
    }

    private Part part() throws IOException {
        if (!line().equals("--frame")) {
            throw new IOException("no part");
        }
        Map<String, String> headers = new HashMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            String[] header = line.split(": ", 2);
            headers.put(header[0].toLowerCase(Locale.ROOT), header[1]);
        }
        byte[] jpeg = in.readNBytes(Integer.parseInt(headers.get("content-length")));
        line();
        return new Part(Long.parseLong(headers.get("x-frame-number")), ImageIO.read(new ByteArrayInputStream(jpeg)));
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                throw new EOFException();
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.US_ASCII).stripTrailing();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        in.close();
    }
}

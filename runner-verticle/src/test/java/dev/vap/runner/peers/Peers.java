package dev.vap.runner.peers;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Where other people's servers are, whether what they need is installed, and what they play. The folder of the scripts that
 * start them is named by the system property or environment variable {@code VAP_PEERS}, by default {@code
 * ../shared/tools/video} beside the checkout; that of the npm packages by {@code VAP_PEERS_NPM}.
 */
final class Peers {
    static final int WIDTH = 640;
    static final int HEIGHT = 360;

    /** A key frame every second, so that nobody who joins waits for long. */
    private static final StreamSpec SPEC =
            StreamSpec.h264(WIDTH, HEIGHT).withRate(15).withKeyEvery(15, 180);

    private static final Set<String> MISSING = ConcurrentHashMap.newKeySet();

    private Peers() {}

    /** The folder, or the end of the test as skipped. */
    static Path folder() {
        String given = System.getProperty("VAP_PEERS", System.getenv("VAP_PEERS"));
        Path folder = given == null ? checkout().resolve("../shared/tools/video") : Path.of(given);
        require(Files.isDirectory(folder), "the scripts in " + folder + ", which is no folder");
        return folder.toAbsolutePath().normalize();
    }

    /** The folder of npm packages, or the end of the test as skipped. */
    static Path npm() {
        needs("node");
        String given = System.getProperty("VAP_PEERS_NPM", System.getenv("VAP_PEERS_NPM"));
        require(given != null && Files.isDirectory(Path.of(given)), "VAP_PEERS_NPM, a folder of npm packages");
        return Path.of(given);
    }

    /** Says so once, for a class that is skipped as a whole gets no line in the report. */
    private static void require(boolean there, String what) {
        if (!there && MISSING.add(what)) {
            System.out.println("vap tests: left out, for want of " + what);
        }
        assumeTrue(there, () -> "needs " + what);
    }

    private static Path checkout() {
        for (Path path = Path.of("").toAbsolutePath(); path != null; path = path.getParent()) {
            if (Files.isDirectory(path.resolve(".mvn"))) {
                return path;
            }
        }
        throw new IllegalStateException("not started from inside the checkout");
    }

    /** All these programs, or the end of the test as skipped. */
    static void needs(String... programs) {
        folder();
        String[] path = System.getenv().getOrDefault("PATH", "").split(":", -1);
        for (String program : programs) {
            boolean found = Arrays.stream(path).anyMatch(place -> Files.isExecutable(Path.of(place, program)))
                    || Files.isExecutable(Path.of("/usr/sbin", program));
            require(found, "the program " + program);
        }
    }

    /** The GStreamer RTSP server with its Python binding, or the end of the test as skipped. */
    static void needsGstreamer() {
        needs("ffmpeg");
        try {
            Process check = new ProcessBuilder(
                            "/usr/bin/python3", "-c", "import gi; gi.require_version('GstRtspServer', '1.0')")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            boolean there = check.waitFor(60, TimeUnit.SECONDS) && check.exitValue() == 0;
            require(there, "the GStreamer RTSP server with its Python binding");
        } catch (IOException e) {
            require(false, "/usr/bin/python3");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** H.264 of {@link #WIDTH} x {@link #HEIGHT}, 15 frames a second, 12 seconds. */
    static Path clip(Path folder) {
        Path file = folder.resolve("clip.mp4");
        return Files.exists(file) ? file : TestStream.of(SPEC).mp4(file);
    }

    /** Four seconds of the clip through FFmpeg's command line. */
    static Path converted(Path folder, String name, String... encoder) {
        String[] head = {
            "ffmpeg",
            "-nostdin",
            "-v",
            "error",
            "-y",
            "-t",
            "4",
            "-i",
            clip(folder).toString(),
            "-an"
        };
        String[] command = Arrays.copyOf(head, head.length + encoder.length + 1);
        System.arraycopy(encoder, 0, command, head.length, encoder.length);
        Path file = folder.resolve(name);
        command[command.length - 1] = file.toString();
        Peer.complete(120, command);
        return file;
    }

    /** A folder that servers of other users can read. */
    static Path readable(Path folder) {
        try {
            return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

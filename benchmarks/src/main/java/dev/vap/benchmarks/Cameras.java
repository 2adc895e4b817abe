package dev.vap.benchmarks;

import dev.vap.testing.Await;
import dev.vap.testing.ServiceProcess;
import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * RTSP cameras in a process of their own, so that what they cost is not counted for whoever watches them. Prints {@code camera
 * URL} for each, and ends when its input does.
 */
public final class Cameras {

    private static final String LINE = "camera ";
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /** What all of them send: 480p, a key frame every second. */
    static final int FRAMES_PER_SECOND = 15;

    static final int FRAMES = 10 * FRAMES_PER_SECOND;
    private static final StreamSpec SPEC =
            new StreamSpec(StreamSpec.Codec.H264, 640, 480, FRAMES_PER_SECOND, FRAMES_PER_SECOND, FRAMES);

    private Cameras() {}

    /**
     * @param clip a file of H.264 that fits, or null for a drawn picture
     */
    static ServiceProcess start(Path data, int count, String clip) throws IOException {
        List<String> command = new ArrayList<>(ServiceProcess.java(
                256, "-cp", System.getProperty("java.class.path"), Cameras.class.getName(), String.valueOf(count)));
        if (clip != null) {
            command.add(clip);
        }
        return ServiceProcess.start("cameras", command, Map.of(), data.resolve("logs/cameras.log"));
    }

    /** Their addresses, once there are so many. */
    static List<String> urls(ServiceProcess cameras, int count) {
        return Await.value(
                "cameras: " + cameras,
                PATIENCE,
                () -> cameras.lines().stream()
                        .filter(line -> line.startsWith(LINE))
                        .map(line -> line.substring(LINE.length()))
                        .toList(),
                urls -> urls.size() == count);
    }

    /**
     * @param args how many, and a file of H.264 that fits, or none for a drawn picture
     */
    public static void main(String[] args) throws Exception {
        int count = Integer.parseInt(args[0]);
        TestStream stream =
                args.length > 1 ? TestStream.ofH264(SPEC, Files.readAllBytes(Path.of(args[1]))) : TestStream.of(SPEC);
        for (int i = 0; i < count; i++) {
            RtspServer camera = RtspServer.start(stream);
            System.out.println(LINE + camera.url());
            // Real ones do not send all their key frames in the same moment.
            LockSupport.parkNanos(ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(60)));
        }
        while (System.in.read() >= 0) {
            // Nothing is expected but the end.
        }
        System.exit(0);
    }
}

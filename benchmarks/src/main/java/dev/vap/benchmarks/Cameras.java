package dev.vap.benchmarks;

import dev.vap.testing.video.RtspServer;
import dev.vap.testing.video.StreamSpec;
import dev.vap.testing.video.TestStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * RTSP cameras in a process of their own, so that what they cost is not counted for whoever watches them. Prints {@code camera
 * URL} for each, and ends when its input does.
 */
public final class Cameras {

    static final String LINE = "camera ";

    /** What all of them send: 480p, a key frame every second. */
    static final int FRAMES_PER_SECOND = 15;

    static final int FRAMES = 10 * FRAMES_PER_SECOND;
    private static final StreamSpec SPEC =
            new StreamSpec(StreamSpec.Codec.H264, 640, 480, FRAMES_PER_SECOND, FRAMES_PER_SECOND, FRAMES);

    private Cameras() {}

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

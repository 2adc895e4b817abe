package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.PreviewPicture;
import dev.vap.shared.storage.Ids;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.buffer.Buffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class PreviewStreamTest {

    private static final Pattern NUMBER = Pattern.compile("X-Frame-Number: (\\d+)");

    private final FakeClient client = new FakeClient();
    private final Counter dropped = new SimpleMeterRegistry().counter("dropped");
    private final List<VapException> refusals = new ArrayList<>();
    private int ends;
    private final PreviewStream stream = new PreviewStream(client, dropped, refusals::add, () -> ends++);

    private static final class FakeClient implements PreviewStream.Sink {
        final Buffer got = Buffer.buffer();
        boolean begun;
        boolean full;
        boolean ended;
        boolean aborted;

        @Override
        public void begin() {
            begun = true;
        }

        @Override
        public boolean full() {
            return full;
        }

        @Override
        public void write(Buffer bytes) {
            got.appendBuffer(bytes);
        }

        @Override
        public void end() {
            ended = true;
        }

        @Override
        public void abort() {
            aborted = true;
        }

        List<Integer> frames() {
            List<Integer> frames = new ArrayList<>();
            Matcher matcher = NUMBER.matcher(got.toString());
            while (matcher.find()) {
                frames.add(Integer.parseInt(matcher.group(1)));
            }
            return frames;
        }
    }

    private static PreviewPart picture(long frame) {
        return new PreviewPart(new PreviewPicture(
                Ids.next(), 1, frame, Instant.parse("2026-01-02T03:04:05Z"), 40, 1920, 1080, Buffer.buffer("JPEG")));
    }

    @Test
    void sendsPartsThatAreCompleteBeforeTheNextOneComes() {
        stream.onPicture(picture(7));
        assertThat(client.got.toString()).isEqualTo("""
                        --frame
                        Content-Type: image/jpeg
                        Content-Length: 4
                        X-Frame-Number: 7
                        X-Timestamp: 2026-01-02T03:04:05Z
                        X-Pts-Ms: 40
                        X-Source-Size: 1920x1080

                        JPEG
                        --frame""".replace("\n", "\r\n"));
        stream.onEnd();
        assertThat(client.got.toString()).endsWith("JPEG\r\n--frame--\r\n");
        assertThat(client.ended).isTrue();
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void givesASlowClientTheNewestPicture() {
        stream.onPicture(picture(1));
        client.full = true;
        for (int frame = 2; frame <= 5; frame++) {
            stream.onPicture(picture(frame));
        }
        assertThat(client.frames()).containsExactly(1);
        client.full = false;
        stream.drained();
        stream.onPicture(picture(6));
        assertThat(client.frames()).containsExactly(1, 5, 6);
        assertThat(dropped.count()).isEqualTo(3);
    }

    @Test
    void endsForAClientThatDoesNotReadForAMinute() {
        stream.onPicture(picture(1));
        client.full = true;
        for (int beat = 1; beat < PreviewStream.STALLED_BEATS; beat++) {
            stream.beat();
        }
        stream.drained();
        for (int beat = 1; beat < PreviewStream.STALLED_BEATS; beat++) {
            stream.beat();
        }
        assertThat(client.aborted).isFalse();
        stream.beat();
        assertThat(client.aborted).isTrue();
        assertThat(ends).isEqualTo(1);
        assertThat(PreviewStream.STALLED_BEATS * PreviewStream.BEAT_MILLIS).isEqualTo(60_000);
    }

    @Test
    void repeatsTheLastPictureWhenNothingComes() {
        stream.onPicture(picture(1));
        stream.beat();
        stream.beat();
        assertThat(client.frames()).containsExactly(1);
        stream.beat();
        assertThat(client.frames()).containsExactly(1, 1);
        stream.onPicture(picture(2));
        stream.beat();
        stream.beat();
        assertThat(client.frames()).containsExactly(1, 1, 2);
    }

    @Test
    void touchesNothingBeforeTheFirstPicture() {
        stream.beat();
        stream.onRefused(new VapException(ErrorCode.RUNNER_UNAVAILABLE, "No pictures here."));
        stream.onPicture(picture(1));
        stream.end();
        assertThat(client.begun).isFalse();
        assertThat(client.got.length()).isZero();
        assertThat(client.ended).isFalse();
        assertThat(refusals).hasSize(1);
        assertThat(ends).isEqualTo(1);
    }

    @Test
    void goesOnThoughARunnerInBetweenHasNoPictures() {
        stream.onPicture(picture(1));
        stream.onRefused(new VapException(ErrorCode.RUNNER_UNAVAILABLE, "No pictures here."));
        stream.onPicture(picture(2));
        assertThat(client.frames()).containsExactly(1, 2);
        assertThat(refusals).isEmpty();
    }
}

package dev.vap.runner.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vap.runner.Sources;
import dev.vap.runner.decode.Cancellation;
import dev.vap.runner.decode.MediaException;
import dev.vap.runner.source.FrameSource;
import dev.vap.runner.source.SourceSpec;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;
import java.util.Map;

/** Opens sources as a runner does. */
final class PeerSources implements AutoCloseable {
    private final Sources sources;

    private PeerSources(Map<String, String> settings) {
        sources = new Sources(Settings.of(settings));
    }

    /** With time enough for servers on a slow machine. */
    static PeerSources patient() {
        return new PeerSources(Map.of(
                "SOURCE_CONNECT_TIMEOUT", "30s",
                "SOURCE_FIRST_FRAME_TIMEOUT", "30s",
                "SOURCE_SILENCE_TIMEOUT", "20s"));
    }

    /** The same, but soon tired of silence. */
    static PeerSources watchful() {
        return new PeerSources(Map.of(
                "SOURCE_CONNECT_TIMEOUT", "30s",
                "SOURCE_FIRST_FRAME_TIMEOUT", "30s",
                "SOURCE_SILENCE_TIMEOUT", "4s"));
    }

    /** For what can only fail by a deadline. */
    static PeerSources hasty() {
        return new PeerSources(Map.of(
                "SOURCE_CONNECT_TIMEOUT", "4s",
                "SOURCE_FIRST_FRAME_TIMEOUT", "4s",
                "SOURCE_SILENCE_TIMEOUT", "2s"));
    }

    /** The caller closes the source. */
    FrameSource open(String url, ScenarioOptions options) {
        SourceUrl parsed = SourceUrl.parse(url);
        SourceSpec spec = new SourceSpec(parsed, options, !parsed.isFile(), 0, 0, 0, 0);
        return sources.connector().open(spec, new Cancellation());
    }

    static ScenarioOptions over(String transport) {
        return ScenarioOptions.builder().rtspTransport(transport).build();
    }

    /** That so many frames of the peers' clip can be read, in this codec. */
    void assertReads(String url, ScenarioOptions options, String codec, int frames) {
        try (FrameSource source = open(url, options)) {
            assertThat(source.info().codec()).isEqualTo(codec);
            for (int i = 0; i < frames; i++) {
                assertThat(source.next()).as("frame %d", i).isTrue();
            }
            assertThat(source.width()).isEqualTo(Peers.WIDTH);
            assertThat(source.height()).isEqualTo(Peers.HEIGHT);
            assertThat(source.bgr().remaining()).isEqualTo(Peers.WIDTH * Peers.HEIGHT * 3);
        }
    }

    void assertReads(String url, String codec) {
        assertReads(url, ScenarioOptions.DEFAULTS, codec, 20);
    }

    /** Why opening fails, or the first frame; null if neither does. */
    MediaException failure(String url, ScenarioOptions options) {
        return catchThrowableOfType(MediaException.class, () -> {
            try (FrameSource source = open(url, options)) {
                source.next();
            }
        });
    }

    void assertFails(String url, ScenarioOptions options, SourceFault... allowed) {
        MediaException failure = failure(url, options);
        assertThat(failure).as("failure of %s", url).isNotNull();
        assertThat(failure.fault()).as(failure.getMessage()).isIn((Object[]) allowed);
        assertThat(failure).hasMessageNotContainingAny("secret", "hunter2");
    }

    void assertFails(String url, SourceFault... allowed) {
        assertFails(url, ScenarioOptions.DEFAULTS, allowed);
    }

    @Override
    public void close() {
        sources.close();
    }
}

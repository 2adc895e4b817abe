package dev.vap.standalone.demo;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.standalone.client.ApiClient;
import dev.vap.standalone.client.ScenarioView;
import dev.vap.standalone.platform.Background;
import dev.vap.standalone.platform.Platform;
import dev.vap.standalone.terminal.Screen;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of {@code vap demo}: the platform, one scenario through its API, and everything that comes of it. */
public final class Demo {

    private static final Logger LOG = LoggerFactory.getLogger(Demo.class);
    private static final Duration CHOOSING = Duration.ofSeconds(60);

    private static final int LISTED = 1000;

    private final Settings settings;
    private final DemoOptions options;
    private final Screen screen;
    private final Fetcher quick;
    private final Fetcher patient;

    public Demo(Settings settings, DemoOptions options, Screen screen) {
        this(settings, options, screen, new QuickFetcher(), new PatientFetcher(screen));
    }

    Demo(Settings settings, DemoOptions options, Screen screen, Fetcher quick, Fetcher patient) {
        this.settings = settings;
        this.options = options;
        this.screen = screen;
        this.quick = quick;
        this.patient = patient;
    }

    /**
     * Blocks until the demo has ended; an interrupt stops the scenario and the platform.
     *
     * @return the exit code
     * @throws dev.vap.standalone.CommandException with a sentence for the user
     */
    public int run() throws InterruptedException {
        Optional<Clip> given = options.source().map(Clip::given);
        try (ResultFile file = ResultFile.open(options.output(), given.flatMap(Clip::file))) {
            ModelChoice models = new ModelChoice(settings, quick);
            Optional<ModelChoice.Choice> named =
                    options.model().map(name -> ModelChoice.named(name, settings.modelDir(), patient));
            // Downloads and drawing go on while the platform starts.
            Background<Choices> choices =
                    Background.start("choice of clip and model", () -> choose(given, named, models));
            Set<Path> allowed = ConcurrentHashMap.newKeySet();
            screen.bar(Platform.STARTING);
            try (Platform platform = Platform.start(adapted(named, models), allowed::contains)) {
                Choices chosen = settled(choices);
                screen.clearBar();
                chosen.clip().file().ifPresent(allowed::add);
                screen.note(chosen.clip().note());
                screen.note(chosen.model().note());
                screen.note("Console: " + platform.url());
                return watch(platform, chosen, file);
            } finally {
                screen.clearBar();
                choices.thread().interrupt();
            }
        }
    }

    private record Choices(Clip clip, ModelChoice.Choice model) {}

    private Choices choose(Optional<Clip> given, Optional<ModelChoice.Choice> named, ModelChoice models)
            throws InterruptedException, ExecutionException, TimeoutException {
        Path media = settings.get(VapSettings.DATA_DIR).resolve("media");
        Background<ModelChoice.Choice> model =
                Background.start("choice of model", () -> named.orElseGet(() -> models.choose()));
        Clip clip = given.orElseGet(() -> new ClipChoice(media, quick, DrawnClip::draw).choose());
        ModelChoice.Choice choice = model.await(CHOOSING);
        return new Choices(clip, clip.drawn() && named.isEmpty() ? choice.forDrawnClip() : choice);
    }

    private static Choices settled(Background<Choices> choices) throws InterruptedException {
        try {
            return choices.await(CHOOSING);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause();
            throw cause instanceof RuntimeException known ? known : new IllegalStateException(cause);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no clip and model within " + CHOOSING.toSeconds() + " s", e);
        }
    }

    /** The model is loaded while the platform starts. */
    private Settings adapted(Optional<ModelChoice.Choice> named, ModelChoice models) {
        return named.map(choice -> settings.with(Map.of(VapSettings.DEFAULT_MODEL.key(), choice.model())))
                .orElseGet(() -> settings.with(
                        Map.of(VapSettings.MODEL_DIR.key(), models.folder().toString())));
    }

    private int watch(Platform platform, Choices chosen, ResultFile file) throws InterruptedException {
        ApiClient api = new ApiClient(platform.url());
        long started = System.nanoTime();
        JsonObject created = api.create(request(chosen));
        String uuid = created.getString("scenario_uuid");
        try (Watch watch = new Watch(api, uuid, chosen.clip().live(), screen, file, options, started)) {
            noteOthers(api, uuid);
            ResultFeed.End end = watch.untilEnd();
            if (options.exitOnEof()) {
                return watch.conclude(end);
            }
            watch.tell(end, platform.url());
            platform.awaitInterrupt();
            return 0;
        }
    }

    private JsonObject request(Choices chosen) {
        return new JsonObject()
                .put("camera_url", chosen.clip().url())
                .put("model", chosen.model().model())
                .put("options", options.analysis());
    }

    /** A killed run leaves scenarios that go on now, and take their share of the machine. */
    private void noteOthers(ApiClient api, String uuid) throws InterruptedException {
        try {
            JsonArray scenarios = api.list(LISTED, null).getJsonArray("scenarios", new JsonArray());
            long others = scenarios.stream()
                    .map(JsonObject.class::cast)
                    .filter(s -> !uuid.equals(s.getString("scenario_uuid")))
                    .filter(s -> !ScenarioView.INACTIVE.equals(s.getString("status")))
                    .count();
            if (others > 0) {
                screen.note(others + (others == 1 ? " earlier scenario goes" : " earlier scenarios go")
                        + " on beside it: see `vap scenario list`, and stop what is not wanted.");
            }
        } catch (RuntimeException e) {
            LOG.debug("the list of scenarios can't be read", e);
        }
    }
}

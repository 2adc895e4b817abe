package dev.vap.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.inference.fixture.Outputs;
import dev.vap.inference.fixture.Requests;
import dev.vap.inference.fixture.TinyOnnx;
import dev.vap.inference.model.Labels;
import dev.vap.inference.model.ModelDownload;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.Detection;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.BusErrors;
import dev.vap.shared.protocol.FrameBufferPool;
import dev.vap.shared.protocol.InferenceAnnouncement;
import dev.vap.shared.protocol.InferenceAnnouncement.Load;
import dev.vap.shared.protocol.InferenceReply;
import dev.vap.shared.protocol.InferenceRequest;
import dev.vap.shared.protocol.InputSpec;
import dev.vap.shared.protocol.ModelInfo;
import dev.vap.shared.protocol.ModelQuery;
import dev.vap.shared.runtime.ProcessId;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.testing.Await;
import dev.vap.testing.SharedData;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InferenceVerticleTest {

    private static final Duration SOON = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private ServiceContext services;
    private String deployment;

    @BeforeEach
    void deploy() throws Exception {
        services = Services.local(Settings.of(
                Map.of("MODEL_DIR", directory.toString(), "INFERENCE_THREADS", "2", "INFERENCE_QUEUE", "50")));
        deployment = result(services.vertx().deployVerticle(new InferenceVerticle(services)));
    }

    @AfterEach
    void close() throws Exception {
        result(services.vertx().close());
    }

    @Test
    void listsTheModels() throws Exception {
        Files.writeString(directory.resolve("own.onnx"), "x");

        List<ModelInfo> models = list();

        assertThat(models).extracting(ModelInfo::name).containsExactly("yolox-nano", "people", "motion", "mock", "own");
        assertThat(models.get(0).available()).isFalse();
        assertThat(models.get(0).problem()).contains("vap models pull yolox-nano");
        assertThat(models.get(1).input()).isEqualTo(new InputSpec(640, 480, InputSpec.Fit.FIT, InputSpec.Pixels.BGR));
        assertThat(models.get(4).available()).as("not tried yet").isTrue();
    }

    @Test
    void refusesUnknownModels() {
        assertFails(query("nope"), ErrorCode.MODEL_UNKNOWN, "There is no model \"nope\"");
        assertFails(query("../nope"), ErrorCode.MODEL_UNKNOWN, "There is no model");
        assertFails(query("yolox-nano"), ErrorCode.MODEL_UNKNOWN, "run \"vap models pull yolox-nano\"");
    }

    @Test
    void refusesQueriesItCantRead() {
        for (Object body : new Object[] {new JsonObject(), new JsonObject().put("v", 99), "text"}) {
            assertFails(
                    services.vertx().eventBus().request(Addresses.MODELS, body).mapEmpty(),
                    ErrorCode.INVALID_VALUE,
                    "A query for models is wanted here.");
        }
    }

    @Test
    void triesABrokenFileAgain() throws Exception {
        Files.writeString(directory.resolve("own.onnx"), "still copying");
        assertFails(query("own"), ErrorCode.MODEL_NOT_ONNX, "own.onnx is not a usable ONNX model");
        assertThat(list().get(4).available()).isFalse();
        assertThat(list().get(4).problem()).startsWith("own.onnx is not a usable ONNX model");

        writeTiny("own.onnx");

        assertThat(result(query("own")).available()).isTrue();
        assertThat(list().get(4).problem()).isNull();
        assertThat(list().get(4).input()).isNotNull();
    }

    @Test
    void doesNotReadABrokenFileAgainAsLongAsNothingWasChanged() throws Exception {
        writeTiny("right");
        Path own = directory.resolve("own.onnx");
        Files.write(own, new byte[(int) Files.size(directory.resolve("right"))]);
        FileTime before = FileTime.fromMillis(1_700_000_000_000L);
        Files.setLastModifiedTime(own, before);
        assertFails(query("own"), ErrorCode.MODEL_NOT_ONNX, "own.onnx is not a usable ONNX model");

        // Looks the same, so that only whoever reads it could tell.
        Files.write(own, Files.readAllBytes(directory.resolve("right")));
        Files.setLastModifiedTime(own, before);
        assertFails(query("own"), ErrorCode.MODEL_NOT_ONNX, "own.onnx is not a usable ONNX model");

        Files.setLastModifiedTime(own, FileTime.fromMillis(before.toMillis() + 1_000));
        assertThat(result(query("own")).available()).isTrue();
    }

    @Test
    void takesAFileThatWasReplacedForUsableAgainBeforeAnyoneAsks() throws Exception {
        Files.writeString(directory.resolve("own.onnx"), "still copying");
        assertFails(query("own"), ErrorCode.MODEL_NOT_ONNX, "own.onnx is not a usable ONNX model");
        assertThat(list().get(4).available()).isFalse();

        writeTiny("own.onnx");

        assertThat(list().get(4).available()).isTrue();
    }

    @Test
    void takesAModelForUsableAgainOnceItWasPulled() throws Exception {
        writeTiny("right");
        String sha256 = ModelDownload.sha256(directory.resolve("right"));
        long bytes = Files.size(directory.resolve("right"));
        Files.writeString(
                directory.resolve("models.yaml"),
                "models:\n  own: {sha256: " + sha256 + ", bytes: " + bytes + ", url: 'http://127.0.0.1/own'}\n");
        Files.writeString(directory.resolve("own.onnx"), "damaged");
        assertFails(query("own"), ErrorCode.MODEL_CORRUPT, "own.onnx is not the model own");
        assertThat(listed("own").problem()).contains("vap models pull own");

        Files.move(directory.resolve("right"), directory.resolve("own.onnx"), StandardCopyOption.REPLACE_EXISTING);

        assertThat(listed("own").available()).isTrue();
    }

    @Test
    void takesAModelForUsableAgainOnceItsLabelsAreCorrected() throws Exception {
        writeTiny("own.onnx");
        Files.writeString(directory.resolve("models.yaml"), "models:\n  own: {labels: own.txt}\n");
        Files.writeString(directory.resolve("own.txt"), "one\n");
        assertFails(query("own"), ErrorCode.MODEL_UNSUPPORTED, "has 1 label, but the model has 2 classes");
        assertThat(listed("own").available()).isFalse();

        Files.writeString(directory.resolve("own.txt"), "one\ntwo\n");

        assertThat(listed("own").available()).isTrue();
    }

    @Test
    void oneWrongEntryLeavesTheOtherModelsAlone() throws Exception {
        writeTiny("good.onnx");
        writeTiny("bad.onnx");
        Files.writeString(directory.resolve("models.yaml"), "models:\n  bad: {head: yolo}\n");

        assertFails(query("bad"), ErrorCode.MODEL_UNSUPPORTED, "models.yaml:2: models.bad.head: must be one of");
        assertThat(result(query("good")).details().provider()).isEqualTo("cpu");
        assertThat(list())
                .filteredOn(model -> model.name().equals("bad"))
                .singleElement()
                .extracting(ModelInfo::available)
                .isEqualTo(false);
    }

    @Test
    void refusesAnotherFileUnderACatalogueName() throws Exception {
        // The service looks for its default model when it starts; a question in that moment gets that answer.
        assertFails(query("yolox-nano"), ErrorCode.MODEL_UNKNOWN, "run \"vap models pull yolox-nano\"");
        writeTiny("yolox_nano.onnx");

        assertFails(
                query("yolox-nano"), ErrorCode.MODEL_CORRUPT, "yolox_nano.onnx is not the model yolox-nano: SHA-256");
    }

    @Test
    void loadsOnceHoweverManyAsk() throws Exception {
        writeTiny("own.onnx");
        List<Future<ModelInfo>> queries = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            queries.add(query("own"));
        }
        for (Future<ModelInfo> query : queries) {
            assertThat(result(query).labels()).containsExactly("class_0", "class_1");
        }

        assertThat(services.registry()
                        .find("vap.inference.requests")
                        .tag("model", "own")
                        .counters())
                .hasSize(1);
        for (int i = 0; i < 4; i++) {
            assertThat(result(analyse("own", Requests.picture(32, 32, 3).build()))
                            .detector())
                    .isEqualTo("onnx");
        }
        assertThat(services.registry()
                        .get("vap.inference.requests")
                        .tag("model", "own")
                        .counter()
                        .count())
                .isEqualTo(4);
    }

    @Test
    void analysesFramesAndGivesThePixelsBack() throws Exception {
        writeTiny("own.onnx");
        result(query("own"));
        FrameBufferPool pool = new FrameBufferPool(32 * 32 * 3, 40);
        List<Future<InferenceReply>> replies = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            InferenceRequest request =
                    Requests.picture(32, 32, 3).pixels(pool.acquire()).frame(i).build();
            replies.add(analyse("own", request).eventually(() -> {
                request.pixels().release();
                return Future.succeededFuture();
            }));
        }

        for (Future<InferenceReply> reply : replies) {
            assertThat(result(reply).detections()).extracting(Detection::label).containsExactly("class_1");
            assertThat(result(reply).inferenceMicros()).isPositive();
        }
        Await.until("all pixels are back", SOON, () -> pool.inUse() == 0);
    }

    @Test
    void givesTheMemoryOfFramesFromOtherProcessesBack() throws Exception {
        result(query("people"));
        FrameBufferPool pool = new FrameBufferPool(32 * 32 * 3, 10);
        for (int i = 0; i < 10; i++) {
            InferenceRequest request = Requests.picture(32, 32, 3)
                    .pixels(pool.acquireReceived())
                    .frame(i)
                    .build();
            assertThat(result(analyse("people", request)).detector()).isEqualTo("people");
        }
        InferenceRequest unfit =
                Requests.picture(2, 2, 1).pixels(pool.acquireReceived()).build();
        assertFails(analyse("people", unfit), ErrorCode.INVALID_VALUE, "wants pictures of");

        Await.until("all memory is back", SOON, () -> pool.inUse() == 0);
    }

    @Test
    void runsTheDetectorsWithoutFiles() throws Exception {
        for (String name : List.of("people", "motion", "mock")) {
            InputSpec input = result(query(name)).input();
            InferenceRequest request =
                    Requests.picture(64, 48, input.pixels().channels()).build();

            assertThat(result(analyse(name, request)).detector()).isEqualTo(name);
        }
    }

    @Test
    void refusesFramesThatDoNotFit() throws Exception {
        result(query("mock"));

        assertFails(
                analyse("mock", Requests.picture(65, 64, 1).build()),
                ErrorCode.INVALID_VALUE,
                "The model mock wants pictures of at most 64x64x1, not 65x64x1.");
        assertFails(
                services.vertx()
                        .eventBus()
                        .request(Addresses.inference("mock"), new JsonObject())
                        .mapEmpty(),
                ErrorCode.INVALID_VALUE,
                "A frame is wanted at inference.mock.");
        InferenceRequest released = Requests.picture(64, 64, 1).build();
        released.pixels().release();
        assertFails(analyse("mock", released), ErrorCode.INTERNAL, "internal error");
    }

    @Test
    void dropsExpiredFrames() throws Exception {
        result(query("mock"));

        assertFails(
                analyse(
                        "mock",
                        Requests.picture(64, 64, 1)
                                .deadlineNanos(System.nanoTime() - 1)
                                .build()),
                ErrorCode.INFERENCE_EXPIRED,
                "The frame waited past its deadline");
        assertThat(services.registry().scrape()).contains("vap_inference_expired_total{model=\"mock\"} 1.0");
    }

    @Test
    void isGoneAfterAStop() throws Exception {
        result(query("mock"));

        result(services.vertx().undeploy(deployment));

        assertFails(query("mock"), ErrorCode.INFERENCE_UNAVAILABLE, "No inference service is running");
        assertFails(
                analyse("mock", Requests.picture(64, 64, 1).build()),
                ErrorCode.INFERENCE_UNAVAILABLE,
                "No inference service is running");
        assertThat(services.registry().find("vap.inference.requests").counters())
                .isEmpty();
    }

    @Test
    void stopsWhileALoadIsUnderWay() throws Exception {
        writeTiny("own.onnx");
        Future<ModelInfo> loading = query("own");

        result(services.vertx().undeploy(deployment));

        Await.until("the query was answered", SOON, loading::isComplete);
        assertFails(query("own"), ErrorCode.INFERENCE_UNAVAILABLE, "No inference service is running");
    }

    @Test
    void startsAgainOnTheSameVertx() throws Exception {
        result(query("mock"));
        result(services.vertx().undeploy(deployment));

        deployment = result(services.vertx().deployVerticle(new InferenceVerticle(services)));

        result(query("mock"));
        assertThat(result(analyse("mock", Requests.picture(64, 64, 1).build())).detections())
                .isNotEmpty();
    }

    @Test
    void tellsRunnersWhatItServesAndWhenItGoes() throws Exception {
        List<InferenceAnnouncement> heard = new CopyOnWriteArrayList<>();
        services.vertx().eventBus().<JsonObject>consumer(Addresses.INFERENCE_NODES, message -> {
            heard.add(InferenceAnnouncement.fromJson(message.body()));
        });

        result(query("mock"));

        Await.until("it says so", SOON, () -> heard.stream()
                .anyMatch(said -> said.models().equals(List.of(new Load("mock", 0, 50, true)))));
        InferenceAnnouncement last = heard.get(heard.size() - 1);
        assertThat(last.process()).isEqualTo(ProcessId.of(services.vertx()));
        assertThat(last.workers()).isEqualTo(2);
        assertThat(last.stopping()).isFalse();

        result(services.vertx().undeploy(deployment));

        Await.until("it says good-bye", SOON, () -> heard.get(heard.size() - 1).stopping());
    }

    @Test
    void servesAnAddressOfItsOwn() throws Exception {
        String node = ProcessId.of(services.vertx());
        ModelInfo info = result(services.vertx()
                .eventBus()
                .<JsonObject>request(Addresses.modelsAt(node), new ModelQuery("mock").toJson())
                .map(message -> ModelInfo.fromJson(message.body())));

        InferenceReply reply = result(services.vertx()
                .eventBus()
                .<InferenceReply>request(
                        Addresses.inferenceAt(node, info.name()),
                        Requests.picture(64, 64, 1).build())
                .map(message -> message.body()));

        assertThat(reply.detections()).isNotEmpty();
    }

    @Test
    void runsTheRealModel() throws Exception {
        Files.copy(SharedData.assumeModel("yolox_nano.onnx"), directory.resolve("yolox_nano.onnx"));

        ModelInfo info = result(query("yolox-nano"));

        assertThat(info.input()).isEqualTo(new InputSpec(416, 416, InputSpec.Fit.LETTERBOX, InputSpec.Pixels.BGR));
        assertThat(info.labels()).isEqualTo(Labels.COCO);
        InferenceRequest grey = Requests.picture(416, 416, 3).build();
        for (int i = 0; i < grey.pixelBytes(); i++) {
            grey.pixels().memory().put(i, (byte) 114);
        }
        assertThat(result(analyse("yolox-nano", grey)).detections()).isEmpty();
    }

    private void writeTiny(String file) throws IOException {
        Outputs outputs = Outputs.yolox32(2).cell(6, 0.5f, 0.5f, 0, 0, 0.9f, 0.1f, 0.8f);
        TinyOnnx.model().write(directory.resolve(file), outputs.values(), outputs.dims());
    }

    private List<ModelInfo> list() throws Exception {
        JsonObject reply = result(services.vertx()
                .eventBus()
                .<JsonObject>request(Addresses.MODELS, ModelQuery.all().toJson())
                .map(message -> message.body()));
        return reply.getJsonArray("models").stream()
                .map(model -> ModelInfo.fromJson((JsonObject) model))
                .toList();
    }

    private ModelInfo listed(String name) throws Exception {
        return list().stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Future<ModelInfo> query(String name) {
        return services.vertx()
                .eventBus()
                .<JsonObject>request(Addresses.MODELS, new ModelQuery(name).toJson())
                .map(message -> ModelInfo.fromJson(message.body()));
    }

    private Future<InferenceReply> analyse(String model, InferenceRequest request) {
        return services.vertx()
                .eventBus()
                .<InferenceReply>request(Addresses.inference(model), request)
                .map(message -> message.body());
    }

    private static void assertFails(Future<?> future, ErrorCode code, String message) {
        assertThatThrownBy(() -> result(future))
                .isInstanceOf(ExecutionException.class)
                .satisfies(e -> {
                    VapException cause =
                            BusErrors.from(e.getCause(), ErrorCode.INFERENCE_UNAVAILABLE, "inference service");
                    assertThat(cause.code()).isEqualTo(code);
                    assertThat(cause).hasMessageContaining(message);
                });
    }

    private static <T> T result(Future<T> future) throws InterruptedException, ExecutionException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(SOON.toSeconds(), TimeUnit.SECONDS);
    }
}

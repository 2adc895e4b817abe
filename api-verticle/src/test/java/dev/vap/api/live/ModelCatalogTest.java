package dev.vap.api.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.api.ApiFixture;
import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.VapException;
import dev.vap.shared.protocol.Addresses;
import dev.vap.shared.protocol.ModelInfo;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ModelCatalogTest {

    private final Vertx vertx = Vertx.vertx();
    private final AtomicLong nanos = new AtomicLong();
    private final AtomicInteger asked = new AtomicInteger();
    private final List<ModelInfo> models = new CopyOnWriteArrayList<>();
    private final ModelCatalog catalog = new ModelCatalog(vertx, nanos::get);

    @AfterEach
    void stop() {
        ApiFixture.await(vertx.close());
    }

    @Test
    void knowsUsableModelsWithoutAsking() {
        inference();
        models.add(model("people", null));
        check("people");
        check("people");
        assertThat(asked).hasValue(1);

        nanos.addAndGet(Duration.ofSeconds(11).toNanos());
        check("people");
        assertThat(asked).hasValue(2);
    }

    @Test
    void asksAtOnceForAModelItDoesNotKnow() {
        inference();
        models.add(model("people", null));
        check("people");
        models.add(model("new", null));

        check("new");

        assertThat(asked).hasValue(2);
    }

    @Test
    void refusesAnUnknownModelAndSaysWhichThereAre() {
        inference();
        models.add(model("motion", null));
        models.add(model("people", null));
        models.add(model("broken", "broken.onnx is no ONNX file: pull it again."));

        assertRefused(
                "yolo",
                ErrorCode.MODEL_UNKNOWN,
                "There is no model \"yolo\": use motion, people, or put its .onnx file into MODEL_DIR.");
    }

    @Test
    void refusesAModelThatCannotBeUsedAndSaysWhy() {
        inference();
        models.add(model("broken", "broken.onnx is no ONNX file: pull it again."));

        assertRefused("broken", ErrorCode.MODEL_UNSUPPORTED, "broken.onnx is no ONNX file: pull it again.");
        models.set(0, model("broken", null));
        check("broken");
    }

    @Test
    void acceptsEveryModelWhileInferenceIsAway() {
        check("yolo");

        assertThatThrownBy(() -> ApiFixture.await(catalog.ask()))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.INFERENCE_UNAVAILABLE))
                .hasMessage("No inference service is running; start one and try again.");
        inference();
        check("yolo");
        assertThat(asked).as("just found to be away").hasValue(0);
        nanos.addAndGet(Duration.ofSeconds(4).toNanos());
        assertRefused(
                "yolo", ErrorCode.MODEL_UNKNOWN, "There is no model \"yolo\"; put its .onnx file into MODEL_DIR.");
    }

    private void check(String model) {
        ApiFixture.await(catalog.check(model));
    }

    private void assertRefused(String model, ErrorCode code, String sentence) {
        assertThatThrownBy(() -> check(model))
                .isInstanceOfSatisfying(
                        VapException.class, e -> assertThat(e.code()).isEqualTo(code))
                .hasMessage(sentence);
    }

    private void inference() {
        ApiFixture.await(vertx.eventBus()
                .consumer(Addresses.MODELS, request -> {
                    asked.incrementAndGet();
                    JsonArray array = new JsonArray();
                    models.forEach(m -> array.add(m.toJson()));
                    request.reply(new JsonObject().put("models", array));
                })
                .completion());
    }

    private static ModelInfo model(String name, String problem) {
        return new ModelInfo(name, "onnx", problem == null, problem, null, List.of("person"));
    }
}

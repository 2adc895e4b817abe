package dev.vap.api.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vap.shared.domain.ErrorCode;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.domain.SourceFault;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIVersion;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ContractTest {

    private static final Contract CONTRACT = Contract.load();
    private static final JsonObject DOCUMENT = new JsonObject(CONTRACT.json());

    @Test
    void isAnOpenApiDocument() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            var verdict = OpenAPIVersion.V3_1
                    .getRepository(vertx, "app://")
                    .compose(repository -> OpenAPIVersion.V3_1.validateContract(vertx, repository, DOCUMENT.copy()))
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);

            assertThat(verdict.getValid()).as("%s", verdict.getErrors()).isTrue();
        } finally {
            vertx.close();
        }
    }

    @Test
    void namesEveryErrorThereIs() {
        assertThat(values("ErrorCode"))
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(ErrorCode.values()).map(ErrorCode::wire).toList());
    }

    @Test
    void namesEveryFaultOfASource() {
        List<Object> faults = values("SourceFault");

        assertThat(faults).contains((Object) null);
        assertThat(faults.stream().filter(String.class::isInstance))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(SourceFault.values())
                        .map(SourceFault::wire)
                        .toList());
    }

    @Test
    void namesEveryStatus() {
        assertThat(values("Status"))
                .containsExactlyElementsOf(Arrays.stream(ScenarioStatus.values())
                        .map(ScenarioStatus::wire)
                        .toList());
    }

    private static List<Object> values(String schema) {
        JsonArray values = DOCUMENT.getJsonObject("components")
                .getJsonObject("schemas")
                .getJsonObject(schema)
                .getJsonArray("enum");
        List<Object> list = new ArrayList<>();
        values.forEach(list::add);
        return list;
    }

    @Test
    void everyOperationSaysWhatItIsForAndHowItFails() {
        for (Operation operation : CONTRACT.operations()) {
            assertThat(operation.json().getString("summary")).as(operation.id()).isNotBlank();
            assertThat(operation.json().getJsonArray("tags")).as(operation.id()).hasSize(1);
            assertThat(operation.json().getJsonObject("responses").fieldNames())
                    .as(operation.id())
                    .contains("default");
            new TreeSet<>(List.of(operation.json().getString("x-alias-of", "").split("[, ]+")))
                    .stream().filter(name -> !name.isEmpty()).forEach(name -> assertThat(
                                    CONTRACT.operation(name).id())
                            .isEqualTo(name));
        }
    }

    @Test
    void whatNothingUsesIsNotInIt() {
        String text = DOCUMENT.encode();
        for (String kind : DOCUMENT.getJsonObject("components").fieldNames()) {
            for (String name :
                    DOCUMENT.getJsonObject("components").getJsonObject(kind).fieldNames()) {
                assertThat(text).contains("\"#/components/" + kind + "/" + name + "\"");
            }
        }
    }

    @Test
    void aReferenceThatLeadsNowhereIsRefused() {
        assertThatThrownBy(() -> Contract.parse(Buffer.buffer("""
                        paths:
                          /a:
                            get:
                              operationId: a
                              parameters: [{ $ref: "#/components/parameters/Gone" }]
                        """)))
                .hasMessage("#/components/parameters/Gone leads nowhere");
        assertThatThrownBy(() -> Contract.parse(Buffer.buffer("""
                        paths:
                          /a:
                            get: { operationId: a, x: { $ref: "#/components/a" } }
                        components:
                          a: { $ref: "#/components/b" }
                          b: { $ref: "#/components/a" }
                        """))).hasMessageEndingWith("refers to itself");
    }
}

package dev.vap.api.contract;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** {@code openapi.yaml}, read once. Immutable, so safe for any thread. */
public final class Contract {

    private static final String FILE = "/openapi.yaml";
    private static final List<String> METHODS = List.of("get", "post", "put", "patch", "delete");

    private final Buffer yaml;
    private final JsonObject document;
    private final Map<String, Operation> operations;

    private Contract(Buffer yaml, JsonObject document, Map<String, Operation> operations) {
        this.yaml = yaml;
        this.document = document;
        this.operations = operations;
    }

    /** Reads files and compiles schemas, which takes a moment: not to be called on an event loop. */
    public static Contract load() {
        try (InputStream in = Contract.class.getResourceAsStream(FILE)) {
            return parse(Buffer.buffer(in.readAllBytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * @throws IllegalArgumentException if a reference leads nowhere
     */
    static Contract parse(Buffer yaml) {
        Object tree = new Load(LoadSettings.builder().build()).loadFromString(yaml.toString(StandardCharsets.UTF_8));
        JsonObject document = new JsonObject(Json.encode(tree));
        References references = new References(document);
        Map<String, Operation> operations = new LinkedHashMap<>();
        JsonObject paths = document.getJsonObject("paths");
        for (String path : paths.fieldNames()) {
            JsonObject item = references.resolve(paths.getJsonObject(path));
            for (String method : METHODS) {
                if (item.containsKey(method)) {
                    Operation operation =
                            operation(path, HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)), item, method);
                    if (operations.put(operation.id(), operation) != null) {
                        throw new IllegalArgumentException("two operations are called " + operation.id());
                    }
                }
            }
        }
        return new Contract(yaml, document, operations);
    }

    private static Operation operation(String path, HttpMethod method, JsonObject item, String key) {
        JsonObject json = item.getJsonObject(key);
        List<Parameter> parameters = new ArrayList<>();
        List.of(item, json).forEach(from -> {
            for (Object parameter : from.getJsonArray("parameters", new JsonArray())) {
                parameters.add(Parameter.of((JsonObject) parameter));
            }
        });
        return new Operation(json.getString("operationId"), method, path, parameters, body(json), json);
    }

    private static RequestBody body(JsonObject operation) {
        JsonObject body = operation.getJsonObject("requestBody");
        if (body == null) {
            return null;
        }
        JsonObject media = body.getJsonObject("content").getJsonObject("application/json");
        return media == null
                ? null
                : new RequestBody(body.getBoolean("required", false), Schema.of(media.getJsonObject("schema")));
    }

    /**
     * @throws IllegalArgumentException if there is none
     */
    public Operation operation(String id) {
        Operation operation = operations.get(id);
        if (operation == null) {
            throw new IllegalArgumentException("the contract has no operation " + id);
        }
        return operation;
    }

    /** In the order of the document. */
    public Collection<Operation> operations() {
        return operations.values();
    }

    /** As it was written. */
    public Buffer yaml() {
        return yaml;
    }

    /** The same as JSON, references unresolved. */
    public Buffer json() {
        return document.toBuffer();
    }
}

package dev.vap.api.contract;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Something that clients may ask for.
 *
 * @param path as the contract writes it, such as {@code /api/v1/scenarios/{id}}
 * @param body null if it takes no JSON
 * @param json all that the contract says of it, references resolved
 */
public record Operation(
        String id, HttpMethod method, String path, List<Parameter> parameters, RequestBody body, JsonObject json) {

    private static final Pattern TEMPLATE = Pattern.compile("\\{(\\w+)}");

    public Operation {
        parameters = List.copyOf(parameters);
    }

    /** As the router writes it, such as {@code /api/v1/scenarios/:id}. */
    public String route() {
        return TEMPLATE.matcher(path).replaceAll(":$1");
    }

    public boolean isTemplated() {
        return path.indexOf('{') >= 0;
    }

    /** Names of query parameters, sorted. */
    TreeSet<String> queryNames() {
        TreeSet<String> names = new TreeSet<>();
        parameters.stream().filter(p -> p.in() == Parameter.In.QUERY).forEach(p -> names.add(p.name()));
        return names;
    }
}

package dev.vap.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.api.contract.Contract;
import dev.vap.api.contract.Operation;
import dev.vap.api.contract.Parameter;
import dev.vap.api.contract.ParameterText;
import dev.vap.api.contract.Values;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Walks every operation of the contract with input that it allows and input that it does not. Whatever comes, the answer is
 * one that the contract knows (the fixture sees to that), nothing fails inside, and what the contract does not allow is
 * refused as a client's mistake.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ContractWalkIT {

    private static final Contract CONTRACT = Contract.load();
    private static final int ROUNDS = 25;

    /** Their answers do not end, or they are asked for otherwise. */
    private static final Set<String> STREAMS =
            Set.of("streamPredictions", "streamPredictionsAlias", "streamPreview", "openLive");

    private static final Set<String> READS = Set.of(
            "listScenarios",
            "listScenariosAlias",
            "showScenario",
            "showScenarioAlias",
            "showScenarioShort",
            "listEvents",
            "listEventsAlias",
            "listPredictions",
            "listPredictionsAlias",
            "newestPredictionShort",
            "streamPredictions",
            "streamPredictionsAlias",
            "listMedia",
            "listRunners",
            "showCluster",
            "showLiveness",
            "showMetrics");

    private static final Set<String> COMMANDS =
            Set.of("startScenario", "startScenarioAlias", "stopScenario", "shutdownScenario");

    /** That their values are of the right form is not all that is asked of them. */
    private static final Set<String> DEEPER = Set.of("cursor", "since", "until", "class");

    private static final String UNKNOWN = "999999";

    private ApiFixture api;
    private String scenario;

    @BeforeAll
    void start(@TempDir Path media) {
        api = ApiFixture.start(media);
        scenario = api.createLive().toString();
    }

    @AfterAll
    void stop() {
        api.close();
    }

    static Stream<Operation> operations() {
        return CONTRACT.operations().stream();
    }

    /** A request, and what is wrong with it by the contract: nothing, if it is empty. */
    private record Case(String path, List<String> headers, JsonObject body, List<String> wrong) {

        @Override
        public String toString() {
            return path + " " + headers + " " + body + " wrong: " + wrong;
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("operations")
    void answersWhateverComes(Operation operation) {
        for (int round = 0; round < ROUNDS; round++) {
            long seed = operation.id().hashCode() * 1_000L + round;
            Random random = new Random(seed);
            Values values = new Values(seed);
            Case asked = make(operation, values, random, round % 2 == 1);
            HttpResponse<String> answer = send(operation, asked);

            String what = "seed " + seed + ": " + asked + " -> " + answer.statusCode() + " " + answer.body();
            assertThat(answer.statusCode()).as(what).isNotIn(500, 501, 502);
            if (asked.wrong().isEmpty()) {
                assertThat(code(answer)).as(what).isNotIn("unknown_field", "invalid_json");
                expected(operation, asked)
                        .ifPresent(statuses ->
                                assertThat(answer.statusCode()).as(what).isIn(statuses));
            } else {
                assertThat(answer.statusCode()).as(what).isEqualTo(asked.path().length() < 4_000 ? 400 : 414);
                assertThat(new JsonObject(answer.body()).getString("detail"))
                        .as(what)
                        .endsWith(".")
                        .hasSizeBetween(10, 600)
                        .doesNotContain("Exception", "org.", "java.");
            }
        }
    }

    /** Or the walk leaves heads out without anybody noticing. */
    @Test
    void sendsEveryHeadThatTheContractHas() {
        Set<String> known = new TreeSet<>();
        Set<String> sent = new TreeSet<>();
        CONTRACT.operations().forEach(operation -> {
            operation.parameters().stream()
                    .filter(p -> p.in() == Parameter.In.HEADER)
                    .forEach(p -> known.add(p.name()));
            for (int round = 0; round < ROUNDS; round++) {
                Case asked = make(operation, new Values(round), new Random(round), false);
                asked.headers().stream().filter(known::contains).forEach(sent::add);
            }
        });
        assertThat(sent).isNotEmpty().isEqualTo(known);
    }

    /** What a request that the contract allows must be answered with, where that does not depend on what others do. */
    private static Optional<List<Integer>> expected(Operation operation, Case asked) {
        if (DEEPER.stream().anyMatch(name -> asked.path().contains(name + "="))) {
            return Optional.empty();
        }
        boolean known = !asked.path().contains("/" + UNKNOWN);
        if (READS.contains(operation.id())) {
            return Optional.of(known ? List.of(200, 304) : List.of(404));
        }
        if (COMMANDS.contains(operation.id())) {
            return Optional.of(known ? List.of(200, 409, 412) : List.of(404));
        }
        return Optional.empty();
    }

    private static String code(HttpResponse<String> answer) {
        boolean problem = answer.headers()
                .firstValue("Content-Type")
                .filter("application/problem+json"::equals)
                .isPresent();
        return problem && !answer.body().isEmpty() ? new JsonObject(answer.body()).getString("code") : "";
    }

    private Case make(Operation operation, Values values, Random random, boolean broken) {
        List<String> wrong = new ArrayList<>();
        List<String> query = new ArrayList<>();
        List<String> headers = new ArrayList<>();
        String path = operation.path();
        for (Parameter parameter : operation.parameters()) {
            boolean wanted = parameter.required() || random.nextInt(3) == 0;
            boolean bad = broken && random.nextInt(3) == 0;
            if (parameter.in() == Parameter.In.PATH) {
                path = path.replace(
                        "{" + parameter.name() + "}", encoded(pathValue(parameter, values, random, bad, wrong)));
                continue;
            }
            Optional<Object> value = bad ? values.refused(parameter.schema()) : values.allowed(parameter.schema());
            if ((wanted || bad) && value.isPresent()) {
                String text = String.valueOf(value.get());
                if (parameter.in() == Parameter.In.HEADER) {
                    // What no client library sends is tried by hand elsewhere.
                    boolean allowed = ParameterText.isAllowed(parameter, text);
                    if (text.matches("[!-~]+") && (allowed || bad)) {
                        headers.addAll(List.of(parameter.name(), text));
                        if (!allowed) {
                            wrong.add(parameter.name());
                        }
                    }
                } else {
                    query.add(encoded(parameter.name()) + "=" + encoded(text));
                    // A number that is sent as text reads as a number.
                    if (bad && !ParameterText.isAllowed(parameter, text)) {
                        wrong.add(parameter.name());
                    }
                }
            }
        }
        if (broken && wrong.isEmpty() && operation.body() == null) {
            query.add("no_such_parameter=1");
            wrong.add("no_such_parameter");
        }
        JsonObject body = null;
        if (operation.body() != null) {
            boolean bad = broken && wrong.isEmpty();
            Optional<Object> made = bad
                    ? values.refused(operation.body().schema())
                    : values.allowed(operation.body().schema());
            if (made.orElse(null) instanceof JsonObject object) {
                body = object;
                if (bad) {
                    wrong.add("the body");
                }
            } else {
                body = new JsonObject().put("no_such_field", 1);
                wrong.add("the body");
            }
        }
        return new Case(path + (query.isEmpty() ? "" : "?" + String.join("&", query)), headers, body, wrong);
    }

    private String pathValue(Parameter parameter, Values values, Random random, boolean bad, List<String> wrong) {
        if (!parameter.name().equals("id")) {
            return random.nextBoolean() ? "gone.mp4" : "yolox-nano";
        }
        if (bad) {
            String text = String.valueOf(values.refused(parameter.schema()).orElseThrow());
            if (text.matches("[!-~а-я]{1,100}")
                    && !text.contains("/")
                    && !text.contains(".")
                    && !text.contains("%")
                    && !ParameterText.isAllowed(parameter, text)) {
                wrong.add("id");
                return text;
            }
        }
        return random.nextInt(4) == 0 ? UNKNOWN : scenario;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private HttpResponse<String> send(Operation operation, Case asked) {
        HttpRequest.Builder request = HttpRequest.newBuilder(api.uri(asked.path()));
        if (!asked.headers().isEmpty()) {
            request.headers(asked.headers().toArray(String[]::new));
        }
        String method = STREAMS.contains(operation.id()) && asked.wrong().isEmpty()
                ? "HEAD"
                : operation.method().name();
        if (asked.body() != null) {
            request.header("Content-Type", "application/json")
                    .method(method, BodyPublishers.ofString(asked.body().encode()));
        } else {
            request.method(method, BodyPublishers.noBody());
        }
        return api.send(request);
    }
}

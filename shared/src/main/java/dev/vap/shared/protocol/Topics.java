package dev.vap.shared.protocol;

import java.util.List;

/**
 * Names of the Kafka topics.
 *
 * @param prefix put before every name, so that several installations can share one Kafka cluster
 */
public record Topics(String prefix) {

    /** API → orchestrator, key {@code scenario_uuid}: {@link ScenarioCommand}. */
    public String initScenario() {
        return prefix + "init_scenario";
    }

    /** Orchestrator → runners, key {@code runner_id}: {@link DeployCommand}. */
    public String toDeploy() {
        return prefix + "to_deploy";
    }

    /** Runner → API and monitoring, key {@code scenario_uuid}: {@link ResultMessage}. */
    public String results() {
        return prefix + "results";
    }

    /** Runner → orchestrator, key {@code scenario_uuid}: {@link RetryMessage}. */
    public String retry() {
        return prefix + "retry_topic";
    }

    /** Orchestrator → API and monitoring, key {@code scenario_uuid}: {@link StatusChanged}. */
    public String scenarios() {
        return prefix + "scenarios";
    }

    /** Where a message of {@code topic} goes that can't be read. */
    public static String deadLetter(String topic) {
        return topic + ".dlq";
    }

    public List<String> all() {
        return List.of(initScenario(), toDeploy(), results(), retry(), scenarios());
    }
}

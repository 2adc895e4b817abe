package dev.vap.runner;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.DeployCommand.Kind;
import dev.vap.shared.storage.Ids;
import java.util.UUID;

/** Builds commands for tests. */
public record Deployments(DeployCommand command) {

    public static final String RUNNER = "runner-1";
    public static final String MODEL = "fake";

    public static Deployments of(String url) {
        return new Deployments(new DeployCommand(
                Ids.next(),
                Kind.DEPLOY,
                RUNNER,
                Ids.next(),
                Ids.next(),
                1,
                url,
                MODEL,
                ScenarioOptions.DEFAULTS,
                0,
                1));
    }

    public Deployments withOptions(ScenarioOptions options) {
        return with(
                command.kind(), command.runnerId(), command.workerId(), command.epoch(), options, command.startFrame());
    }

    public Deployments withStartFrame(long frame) {
        return with(command.kind(), command.runnerId(), command.workerId(), command.epoch(), command.options(), frame);
    }

    public Deployments withRunner(String runnerId) {
        return with(
                command.kind(), runnerId, command.workerId(), command.epoch(), command.options(), command.startFrame());
    }

    /** The next assignment of the same scenario. */
    public Deployments next() {
        return with(
                Kind.DEPLOY,
                command.runnerId(),
                Ids.next(),
                command.epoch() + 1,
                command.options(),
                command.startFrame());
    }

    public Deployments shutdown() {
        return with(
                Kind.SHUTDOWN,
                command.runnerId(),
                command.workerId(),
                command.epoch(),
                command.options(),
                command.startFrame());
    }

    private Deployments with(
            Kind kind, String runner, UUID worker, long epoch, ScenarioOptions options, long startFrame) {
        return new Deployments(new DeployCommand(
                Ids.next(),
                kind,
                runner,
                command.scenario(),
                worker,
                epoch,
                command.cameraUrl(),
                command.model(),
                options,
                startFrame,
                command.attempt()));
    }
}

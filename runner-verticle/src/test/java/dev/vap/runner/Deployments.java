package dev.vap.runner;

import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.protocol.AssignedSet.Held;
import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.protocol.DeployCommand.Kind;
import dev.vap.shared.storage.Ids;
import java.util.UUID;

/** Builds commands for tests. */
public record Deployments(DeployCommand command) {

    public static final String RUNNER = "runner-1";
    public static final String MODEL = "fake";

    /** Of the runner in tests that need no real one. */
    public static final UUID INSTANCE = Ids.next();

    public static Deployments of(String url) {
        return new Deployments(new DeployCommand(
                Ids.next(),
                Kind.DEPLOY,
                RUNNER,
                INSTANCE,
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

    public Deployments withInstance(UUID instance) {
        DeployCommand c = command;
        return new Deployments(new DeployCommand(
                c.messageId(),
                c.kind(),
                c.runnerId(),
                instance,
                c.scenario(),
                c.workerId(),
                c.epoch(),
                c.cameraUrl(),
                c.model(),
                c.options(),
                c.startFrame(),
                c.attempt()));
    }

    /** As it is listed in an assigned set. */
    public Held held(boolean confirmed) {
        return new Held(command.workerId(), command.scenario(), command.epoch(), confirmed);
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

    /** The worker is to go on with other options. */
    public Deployments update(ScenarioOptions options, long revision) {
        return new Deployments(with(
                        Kind.UPDATE,
                        command.runnerId(),
                        command.workerId(),
                        command.epoch(),
                        options,
                        command.startFrame())
                .command
                .with(options, revision));
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
                command.instance(),
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

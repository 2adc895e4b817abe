package dev.vap.orchestrator.control;

import dev.vap.shared.protocol.DeployCommand;
import dev.vap.shared.storage.Outbox;
import dev.vap.shared.storage.ScenarioChanges;
import dev.vap.shared.storage.Tx;
import dev.vap.shared.storage.Workers;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes drafts: as many statements for a thousand as for one, sent without waiting for each other. */
public final class Drafts {

    private static final Logger LOG = LoggerFactory.getLogger(Drafts.class);
    /** Beyond so many at once a line each tells nobody anything. */
    private static final int LINES = 20;

    private final ScenarioChanges changes;
    private final Workers workers;
    private final Outbox outbox;

    public Drafts(ScenarioChanges changes, Workers workers, Outbox outbox) {
        this.changes = changes;
        this.workers = workers;
        this.outbox = outbox;
    }

    /** The order counts: a worker ends before another one of its scenario begins, and the runner is told last. */
    public Future<Void> write(Tx tx, List<Draft> drafts) {
        List<Draft> changed = drafts.stream().filter(Draft::isChanged).toList();
        if (changed.isEmpty()) {
            return Future.succeededFuture();
        }
        List<DeployCommand> commands =
                changed.stream().map(Draft::command).flatMap(Optional::stream).toList();
        return Future.join(
                        workers.changeAll(
                                tx,
                                changed.stream()
                                        .map(Draft::workerChange)
                                        .flatMap(Optional::stream)
                                        .toList()),
                        changes.apply(
                                tx,
                                changed.stream()
                                        .filter(Draft::changesScenario)
                                        .map(Draft::change)
                                        .toList()),
                        workers.insertAll(
                                tx,
                                changed.stream()
                                        .map(Draft::newWorker)
                                        .flatMap(Optional::stream)
                                        .toList()),
                        outbox.addAll(tx, commands.stream().map(outbox::deploy).toList()))
                .mapEmpty();
    }

    /** To be called once they are committed. */
    public static void log(List<Draft> drafts) {
        List<Draft> moved = drafts.stream().filter(Draft::changesScenario).toList();
        moved.stream().limit(LINES).forEach(draft -> LOG.info("{}", draft));
        if (moved.size() > LINES) {
            LOG.info("and {} more scenarios like these", moved.size() - LINES);
        }
    }
}

package dev.vap.shared.storage;

import static dev.vap.shared.storage.TestDatabase.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.ScenarioOptions;
import dev.vap.shared.domain.ScenarioStatus;
import dev.vap.shared.protocol.Topics;
import dev.vap.shared.runtime.ServiceContext;
import dev.vap.shared.runtime.Services;
import dev.vap.testing.Await;
import dev.vap.testing.TestServers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClusterStateIT {

    private static final Duration SOON = Duration.ofSeconds(10);

    private ServiceContext service;
    private Database database;
    private ClusterState state;

    @BeforeEach
    void open() throws Exception {
        service = Services.local(
                Settings.of(Map.of("DATABASE_URL", TestServers.get().newDatabase())));
        database = Database.open(service);
        await(database.prepare());
        state = new ClusterState(database);
    }

    @AfterEach
    void close() throws Exception {
        await(database.close());
        await(service.vertx().close());
    }

    @Test
    void namesTheHoldersOfTheLocks() throws Exception {
        assertThat(await(state.roles()))
                .containsExactly(new ClusterState.Role("monitor", null), new ClusterState.Role("relay", null));
        AdvisoryLock monitor = AdvisoryLock.ofMonitor(service.vertx(), database);
        AdvisoryLock relay = AdvisoryLock.ofRelay(service.vertx(), database);
        service.vertx().runOnContext(v -> monitor.start(() -> {}));
        service.vertx().runOnContext(v -> relay.start(() -> {}));
        Await.until("held", SOON, () -> monitor.held() && relay.held());
        String holder = service.node().name();
        assertThat(await(state.roles()))
                .containsExactly(new ClusterState.Role("monitor", holder), new ClusterState.Role("relay", holder));
        service.vertx().runOnContext(v -> monitor.close());
        Await.until("released", SOON, () -> await(state.roles()).get(0).equals(new ClusterState.Role("monitor", null)));
        service.vertx().runOnContext(v -> relay.close());
    }

    @Test
    void everyConnectionCarriesTheNameOfItsProcess() throws Exception {
        String name = await(database.run("SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()"))
                .iterator()
                .next()
                .getString(0);
        assertThat(name)
                .isEqualTo(service.node().applicationName())
                .startsWith("vap vap@")
                .endsWith(":" + ProcessHandle.current().pid());
    }

    @Test
    void countsScenariosAndTheOutbox() throws Exception {
        assertThat(await(state.outbox())).isEqualTo(new ClusterState.OutboxState(0, -1));
        Outbox outbox = new Outbox(database, new Topics(""));
        Scenarios scenarios = new Scenarios(database, outbox);
        for (int i = 0; i < 3; i++) {
            await(scenarios.create(Ids.next(), "rtsp://h/1", "mock", ScenarioOptions.DEFAULTS));
        }
        await(database.run("UPDATE scenarios SET status = 'active' WHERE id = (SELECT min(id) FROM scenarios)"));
        ClusterState.Load load = await(state.load());
        assertThat(load.waiting()).isEqualTo(2);
        assertThat(load.byStatus())
                .containsEntry(ScenarioStatus.INIT_STARTUP, 2L)
                .containsEntry(ScenarioStatus.ACTIVE, 1L)
                .containsEntry(ScenarioStatus.INACTIVE, 0L)
                .hasSize(ScenarioStatus.values().length);
        ClusterState.OutboxState waiting = await(state.outbox());
        assertThat(waiting.backlog()).isEqualTo(6);
        assertThat(waiting.oldestMillis()).isBetween(0L, 60_000L);
        List<Long> ids =
                await(outbox.unpublished(10)).stream().map(Outbox.Entry::id).toList();
        await(outbox.markPublished(ids));
        assertThat(await(state.outbox())).isEqualTo(new ClusterState.OutboxState(0, -1));
    }
}

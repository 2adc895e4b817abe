package dev.vap.shared.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.hazelcast.splitbrainprotection.SplitBrainProtectionException;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.config.Settings;
import dev.vap.shared.domain.VapException;
import dev.vap.testing.Await;
import io.vertx.core.Future;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.shareddata.AsyncMap;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Real Hazelcast members and event buses, several in this JVM, each test with a cluster of its own. */
class ClusteringIT {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final AtomicInteger PIDS = new AtomicInteger(100);

    @TempDir
    Path dir;

    private final List<ServiceContext> members = new ArrayList<>();
    private final List<String> said = new CopyOnWriteArrayList<>();
    private final Logger log = (Logger) LoggerFactory.getLogger(MembershipLog.class);
    private final AppenderBase<ILoggingEvent> listener = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            said.add(event.getLevel() + " " + event.getFormattedMessage());
        }
    };
    private final String cluster = "test-" + System.nanoTime();

    @BeforeEach
    void listen() {
        log.setLevel(Level.INFO);
        listener.start();
        log.addAppender(listener);
    }

    @AfterEach
    void closeAll() throws Exception {
        System.clearProperty(ClusterConfig.OVERRIDE);
        for (ServiceContext member : members) {
            await(member.vertx().close());
        }
        log.detachAppender(listener);
    }

    @Test
    void membersKnowEachOtherByName() throws Exception {
        int port = freePort();
        ServiceContext api = join("api", Map.of("CLUSTER_PORT", port));
        ServiceContext runner = join("runner", Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port));

        List<ClusterView.Member> seen = runner.cluster().members();
        assertThat(runner.cluster().clustered()).isTrue();
        assertThat(runner.cluster().name()).isEqualTo(cluster);
        assertThat(seen).extracting(ClusterView.Member::node).containsExactly(api.node(), runner.node());
        assertThat(seen).extracting(ClusterView.Member::isLocal).containsExactly(false, true);
        assertThat(seen.get(0).address()).isEqualTo("127.0.0.1:" + port);
        Await.untilAsserted("said", LONG, () -> assertThat(said)
                .contains(
                        "INFO this is the first member of the cluster \"" + cluster + "\"",
                        "INFO " + runner.node().name() + " (" + seen.get(1).address()
                                + ") joined the cluster; 2 members",
                        "INFO joined the cluster \"" + cluster + "\", where there are "
                                + api.node().name() + " (127.0.0.1:" + port + ")"));
        assertThat(said).noneMatch(line -> line.startsWith("WARN"));

        members.remove(runner);
        await(runner.vertx().close());
        Await.until("gone", LONG, () -> api.cluster().members().size() == 1);
        Await.until("said", LONG, () -> said.stream().anyMatch(line -> line.endsWith("this process is alone")));
    }

    /** As a process that was paused does: its system takes the connection, and nobody answers. */
    @Test
    void aMemberThatTakesAConnectionAndSaysNothingKeepsNobodyBusy() throws Exception {
        int port = freePort();
        int other = freePort();
        join("api", Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port + ",127.0.0.1:" + other));
        // The first member looks for others all the time.
        try (ServerSocket silent = new ServerSocket(other, 50, InetAddress.getLoopbackAddress())) {
            silent.setSoTimeout((int) LONG.toMillis());
            try (Socket asked = silent.accept()) {
                asked.setSoTimeout((int) LONG.toMillis());
                assertThat(asked.getInputStream().readNBytes(3)).asString().isEqualTo("HZC");
                long busyBefore = busyNanosOfHazelcast();
                long from = System.nanoTime();
                while (System.nanoTime() - from < TimeUnit.SECONDS.toNanos(2)) {
                    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
                }
                assertThat(busyNanosOfHazelcast() - busyBefore)
                        .as("CPU of the network's threads in two seconds, ns")
                        .isLessThan(TimeUnit.MILLISECONDS.toNanos(200));
            }
        }
    }

    private static long busyNanosOfHazelcast() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getThreadInfo(threads.getAllThreadIds()))
                .filter(thread -> thread != null && thread.getThreadName().contains(".IO.thread-"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }

    @Test
    void membersAtOtherAddressesAreFoundByHostName() throws Exception {
        int port = freePort();
        ServiceContext one = join("api", Map.of("CLUSTER_PORT", port));
        ServiceContext two = join(
                "runner",
                Map.of("CLUSTER_HOST", "127.0.0.2", "CLUSTER_PORT", port, "CLUSTER_MEMBERS", "localhost:" + port));
        assertThat(two.cluster().members()).hasSize(2);
        assertThat(two.cluster().members().get(1).address()).isEqualTo("127.0.0.2:" + port);
        assertTalk(one, two);
    }

    @Test
    void membersAreFoundBehindAServiceOfKubernetes() throws Exception {
        int port = freePort();
        Map<String, Object> options = Map.of("CLUSTER_PORT", port, "CLUSTER_KUBERNETES_SERVICE", "localhost");
        ServiceContext one = join("api", options);
        ServiceContext two = join("runner", options);
        assertThat(one.cluster().members()).hasSize(2);
        assertTalk(one, two);
        assertThat(said).noneMatch(line -> line.startsWith("WARN"));
    }

    @Test
    void aSideBelowTheMinimumTakesNoLocks() throws Exception {
        int port = freePort();
        Map<String, Object> options =
                Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port, "CLUSTER_MINIMUM_SIZE", 2);
        ServiceContext one = join("orchestrator", options);
        AsyncMap<String, String> locks = await(one.vertx().sharedData().getAsyncMap("vap.scenario.locks"));
        assertThatThrownBy(() -> await(locks.putIfAbsent("a", "one")))
                .hasRootCauseInstanceOf(SplitBrainProtectionException.class);
        ServiceContext two = join("orchestrator", options);
        Await.until("taken", LONG, () -> await(locks.putIfAbsent("a", "one")) == null);
        AsyncMap<String, String> others = await(two.vertx().sharedData().getAsyncMap("vap.scenario.locks"));
        assertThat(await(others.putIfAbsent("a", "two"))).isEqualTo("one");
    }

    @Test
    void thoseWhoStartAloneSayItAndJoinLater() throws Exception {
        useShorterMergeDelay();
        int one = freePort();
        int two = freePort();
        ServiceContext first = join("orchestrator", alone(one, two));
        first.vertx().eventBus().consumer("of.first", message -> message.reply("first"));
        ServiceContext second = join("runner", alone(two, freePort()));
        second.vertx().eventBus().consumer("of.second", message -> message.reply("second"));
        assertThat(first.cluster().members()).hasSize(1);
        assertThat(second.cluster().members()).hasSize(1);
        // Both have looked for the other's consumer in vain, and remember it.
        assertThatThrownBy(() -> ask(second, "of.first")).hasCauseInstanceOf(ReplyException.class);
        assertThatThrownBy(() -> ask(first, "of.second")).hasCauseInstanceOf(ReplyException.class);
        Await.untilAsserted("said", LONG, () -> assertThat(said)
                .contains("WARN no other member of the cluster \"" + cluster + "\" answers at 127.0.0.1:" + two
                        + ": this process is alone for now, and keeps looking for them; see CLUSTER_MEMBERS and"
                        + " CLUSTER_NAME if it should not be"));

        Await.until("merged", LONG, () -> first.cluster().members().size() == 2);
        Await.until("merged", LONG, () -> second.cluster().members().size() == 2);
        Await.until("reached", LONG, () -> ask(second, "of.first").equals("first"));
        Await.until("reached", LONG, () -> ask(first, "of.second").equals("second"));
        assertThat(first.cluster().members())
                .extracting(ClusterView.Member::node)
                .containsExactlyInAnyOrder(first.node(), second.node());
        assertConsumersAreNoticed(first, second);
        assertConsumersAreNoticed(second, first);
        assertThat(said).anyMatch(line -> line.contains(" joined the cluster; 2 members"));
    }

    @Test
    void aMemberOlderThanTheClusterRefusesToStart() throws Exception {
        int port = freePort();
        ServiceContext newer = join(node("orchestrator", 2), Map.of("CLUSTER_PORT", port));
        Node older = node("runner", 1);
        assertThatThrownBy(() -> join(older, Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port)))
                .cause()
                .isInstanceOf(VapException.class)
                .hasMessage("This runner speaks message version 1, but "
                        + newer.node().name() + " already speaks 2: update this program.");
        Await.until("gone again", LONG, () -> newer.cluster().members().size() == 1);
    }

    @Test
    void aNewerMemberMayJoinOlderOnes() throws Exception {
        int port = freePort();
        ServiceContext older = join(node("orchestrator", 1), Map.of("CLUSTER_PORT", port));
        join(node("runner", 2), Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port));
        assertThat(older.cluster().members()).hasSize(2);
    }

    @Test
    void withTlsOnlyMembersOfTheSameAuthorityReachEachOther() throws Exception {
        KeyStores stores = new KeyStores(dir, "correct horse");
        Path authority = stores.authority("authority");
        Path trusted = stores.trustStore(authority);
        Path stranger = stores.authority("stranger");
        int port = freePort();
        Map<String, Object> plain = Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + port);
        ServiceContext one = join("api", with(plain, tls(stores.keyStore(authority, "one"), trusted)));
        ServiceContext two = join("runner", with(plain, tls(stores.keyStore(authority, "two"), trusted)));
        assertTalk(one, two);

        // They are members of Hazelcast's cluster all the same, so that consumers are found; but no message arrives.
        ServiceContext open = join("open", plain);
        ServiceContext forged =
                join("forged", with(plain, tls(stores.keyStore(stranger, "forged"), stores.trustStore(stranger))));
        assertThat(one.cluster().members()).hasSize(4);
        AtomicInteger reached = new AtomicInteger();
        for (ServiceContext member : List.of(one, open, forged)) {
            await(member.vertx()
                    .eventBus()
                    .consumer("of." + member.node().service(), message -> {
                        reached.incrementAndGet();
                        message.reply("reached");
                    })
                    .completion());
        }
        for (ServiceContext outsider : List.of(open, forged)) {
            assertThatThrownBy(() -> ask(outsider, "of.api")).hasCauseInstanceOf(ReplyException.class);
            assertThatThrownBy(() -> ask(one, "of." + outsider.node().service()))
                    .hasCauseInstanceOf(ReplyException.class);
        }
        assertThat(reached).hasValue(0);
        assertThat(ask(two, "of.api")).isEqualTo("reached");
    }

    @Test
    void saysWhichAddressOrPortIsWrong() throws Exception {
        assertThatThrownBy(() -> join("api", Map.of("CLUSTER_HOST", "192.0.2.1")))
                .cause()
                .isInstanceOf(ConfigException.class)
                .hasMessage("192.0.2.1 is no address of this machine: set CLUSTER_HOST to one.");
        assertThatThrownBy(() -> join("api", Map.of("CLUSTER_HOST", "no-such-host.invalid")))
                .cause()
                .isInstanceOf(ConfigException.class)
                .hasMessage("There is no host \"no-such-host.invalid\": set CLUSTER_HOST to the address of this process"
                        + " for the other members.");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() ->
                            join("api", Map.of("CLUSTER_PORT", freePort(), "EVENT_BUS_PORT", taken.getLocalPort())))
                    .cause()
                    .isInstanceOf(ConfigException.class)
                    .hasMessage("Port " + taken.getLocalPort() + " on 127.0.0.1 is in use: stop the other program, or"
                            + " set EVENT_BUS_PORT (0 takes a free one).");
        }
        assertThatThrownBy(() -> join("api", Map.of("CLUSTER_PORT", freePort(), "EVENT_BUS_HOST", "192.0.2.1")))
                .cause()
                .isInstanceOf(ConfigException.class)
                .hasMessage("192.0.2.1 is no address of this machine: set EVENT_BUS_HOST to one.");
        assertThat(com.hazelcast.core.Hazelcast.getAllHazelcastInstances()).isEmpty();
    }

    /** Consumers that come and go later: who asked before, and remembers that there was none, has to be told. */
    private static void assertConsumersAreNoticed(ServiceContext asker, ServiceContext consumer) throws Exception {
        String address = "later." + System.nanoTime();
        assertThatThrownBy(() -> ask(asker, address)).hasCauseInstanceOf(ReplyException.class);
        MessageConsumer<Object> later =
                consumer.vertx().eventBus().consumer(address, message -> message.reply("heard"));
        Await.until("heard", LONG, () -> ask(asker, address).equals("heard"));
        await(later.unregister());
        Await.untilAsserted("gone", LONG, () -> assertThatThrownBy(() -> ask(asker, address))
                .hasMessageContaining("No handlers"));
    }

    /** Requests in both directions. */
    private static void assertTalk(ServiceContext one, ServiceContext two) {
        String address = "talk." + System.nanoTime();
        for (ServiceContext member : List.of(one, two)) {
            member.vertx().eventBus().consumer(address + member.node().pid(), message -> message.reply("heard"));
        }
        Await.until(
                "heard by two", LONG, () -> ask(one, address + two.node().pid()).equals("heard"));
        Await.until(
                "heard by one", LONG, () -> ask(two, address + one.node().pid()).equals("heard"));
    }

    private static String ask(ServiceContext from, String address) throws Exception {
        return (String)
                await(from.vertx().eventBus().request(address, "question", new DeliveryOptions().setSendTimeout(2_000)))
                        .body();
    }

    private void useShorterMergeDelay() throws IOException {
        String shipped = Files.readString(Path.of("..", "cluster.xml"));
        String shorter = shipped.replaceAll("(merge\\.(first|next)\\.run\\.delay\\.seconds\">)\\d+<", "$12<");
        assertThat(shorter).isNotEqualTo(shipped);
        Path file = Files.writeString(dir.resolve("cluster.xml"), shorter);
        System.setProperty(ClusterConfig.OVERRIDE, file.toString());
    }

    private static Map<String, Object> alone(int port, int listed) {
        return Map.of("CLUSTER_PORT", port, "CLUSTER_MEMBERS", "127.0.0.1:" + listed);
    }

    private static Map<String, Object> tls(Path keys, Path trusted) {
        return Map.of(
                "EVENT_BUS_TLS_KEYSTORE", keys,
                "EVENT_BUS_TLS_TRUSTSTORE", trusted,
                "EVENT_BUS_TLS_PASSWORD", "correct horse");
    }

    private static Map<String, Object> with(Map<String, Object> some, Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(some);
        all.putAll(more);
        return all;
    }

    private ServiceContext join(String service, Map<String, Object> options) throws Exception {
        return join(node(service, 1), options);
    }

    private static Node node(String service, int protocol) {
        return new Node(service, "host", PIDS.incrementAndGet(), "0.1", protocol, Instant.EPOCH);
    }

    private ServiceContext join(Node node, Map<String, Object> options) throws Exception {
        Map<String, String> texts = new HashMap<>();
        texts.put("CLUSTER_NAME", cluster);
        options.forEach((key, value) -> texts.put(key, value.toString()));
        texts.putIfAbsent("CLUSTER_MEMBERS", "127.0.0.1:" + texts.getOrDefault("CLUSTER_PORT", "5701"));
        ServiceContext joined = await(Services.clustered(node, Settings.of(texts)));
        members.add(joined);
        return joined;
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}

package dev.vap.testing;

import dev.vap.embedded.KafkaOptions;
import dev.vap.embedded.LocalKafka;

/** A Kafka broker of one test's own, from {@link TestServers#ownKafka()}. */
public final class OwnKafka implements OwnServer {
    private final HeldData data = HeldData.create();
    private KafkaOptions options = KafkaOptions.in(data.directory());
    private LocalKafka running;

    OwnKafka() {}

    /** {@code 127.0.0.1:PORT}, the same before and after a restart. */
    public String bootstrapServers() {
        return "127.0.0.1:" + options.port();
    }

    @Override
    public synchronized void start() {
        if (running == null) {
            running = LocalKafka.start(options);
            options = options.withPort(running.port());
        }
    }

    @Override
    public synchronized void stop() {
        if (running != null) {
            running.close();
            running = null;
        }
    }

    @Override
    public synchronized void close() {
        stop();
        data.close();
    }
}

package dev.vap.runner.source;

import dev.vap.shared.domain.SourceUrl;

/** Everything that opening sources needs, put together once per process. The owner closes it. */
public final class Sources implements AutoCloseable {

    private final SourceConnector connector;

    public Sources(SourceConfig config) {
        connector = new SourceConnector(config, (h, d, c) -> {}, null, null);
    }

    public SourceConnector connector() {
        return connector;
    }

    /** The right to connect to the host of the source now: 0, or nanoseconds to wait before asking again. */
    public long waitBeforeAttempt(SourceUrl url) {
        return url.host() == null ? 0 : -1;
    }

    @Override
    public void close() {}
}

package dev.vap.runner;

import dev.vap.runner.net.AddressGuard;
import dev.vap.runner.net.HostLimiter;
import dev.vap.runner.net.HttpStreams;
import dev.vap.runner.onvif.Discovery;
import dev.vap.runner.onvif.OnvifClient;
import dev.vap.runner.source.SourceConfig;
import dev.vap.runner.source.SourceConnector;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.SourceUrl;
import java.time.InstantSource;

/** Everything that opening sources needs, put together once per process. Thread-safe; the owner closes it. */
public final class Sources implements AutoCloseable {

    private final AddressGuard guard;
    private final HttpStreams http;
    private final HostLimiter limiter;
    private final SourceConnector connector;
    private final Discovery discovery;

    public Sources(Settings settings) {
        SourceConfig config = SourceConfig.from(settings);
        guard = new AddressGuard(settings.get(VapSettings.SOURCE_ALLOW_ADDRESSES));
        http = new HttpStreams(guard, config.caFile());
        limiter = new HostLimiter(settings.get(VapSettings.SOURCE_ATTEMPTS_PER_MINUTE), System::nanoTime);
        connector =
                new SourceConnector(config, guard::check, http, new OnvifClient(http, false, InstantSource.system()));
        discovery = new Discovery(settings.get(VapSettings.SOURCE_ALLOW_ADDRESSES));
    }

    public SourceConnector connector() {
        return connector;
    }

    /** The right to connect to the host of the source now: 0, or nanoseconds to wait before asking again. */
    public long waitBeforeAttempt(SourceUrl url) {
        return url.host() == null ? 0 : limiter.reserve(url.host(), url.port());
    }

    /** Finds ONVIF devices on the networks of this machine; at most one search at a time is sensible. */
    public Discovery discovery() {
        return discovery;
    }

    @Override
    public void close() {
        http.close();
        guard.close();
    }
}

package dev.vap.runner;

import dev.vap.runner.decode.MediaException;
import dev.vap.runner.net.AddressGuard;
import dev.vap.runner.net.HostLimiter;
import dev.vap.runner.net.HttpStreams;
import dev.vap.runner.source.SourceConfig;
import dev.vap.runner.source.SourceConnector;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.SourceFault;
import dev.vap.shared.domain.SourceUrl;

/** Everything that opening sources needs, put together once per process. Thread-safe; the owner closes it. */
public final class Sources implements AutoCloseable {

    private final AddressGuard guard;
    private final HttpStreams http;
    private final HostLimiter limiter;
    private final SourceConnector connector;

    public Sources(Settings settings) {
        SourceConfig config = SourceConfig.from(settings);
        guard = new AddressGuard(settings.get(VapSettings.SOURCE_ALLOW_ADDRESSES));
        http = new HttpStreams(guard, config.caFile());
        limiter = new HostLimiter(settings.get(VapSettings.SOURCE_ATTEMPTS_PER_MINUTE), System::nanoTime);
        connector = new SourceConnector(config, guard::check, http, (device, w, h, d, c) -> {
            throw new MediaException(SourceFault.NOT_ALLOWED, "ONVIF is not there yet.");
        });
    }

    public SourceConnector connector() {
        return connector;
    }

    /** The right to connect to the host of the source now: 0, or nanoseconds to wait before asking again. */
    public long waitBeforeAttempt(SourceUrl url) {
        return url.host() == null ? 0 : limiter.reserve(url.host(), url.port());
    }

    @Override
    public void close() {
        http.close();
        guard.close();
    }
}

package dev.vap.api;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.domain.AddressRules;
import dev.vap.shared.domain.SourceUrl;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * What the API takes from the settings, beside how PostgreSQL and Kafka are reached.
 *
 * @param port 0 takes a free one
 * @param origins of other pages that may use the API; {@code *} for all
 * @param maxConnections of clients
 * @param mediaRoot need not exist: files are refused then, with a sentence that names it
 * @param schemes kinds of sources that may be used
 * @param mediaMaxBytes of one upload
 * @param defaultModel of scenarios that name none
 */
record ApiConfig(
        String host,
        int port,
        List<String> origins,
        int maxConnections,
        Path mediaRoot,
        Set<SourceUrl.Scheme> schemes,
        AddressRules addresses,
        long mediaMaxBytes,
        String defaultModel) {

    static ApiConfig from(Settings settings) {
        return new ApiConfig(
                settings.get(VapSettings.HTTP_HOST),
                settings.get(VapSettings.HTTP_PORT),
                settings.get(VapSettings.HTTP_CORS_ORIGINS),
                settings.get(VapSettings.HTTP_MAX_CONNECTIONS),
                settings.mediaRoot(),
                settings.get(VapSettings.SOURCE_SCHEMES),
                settings.get(VapSettings.SOURCE_ALLOW_ADDRESSES),
                settings.get(VapSettings.MEDIA_MAX_BYTES),
                settings.get(VapSettings.DEFAULT_MODEL));
    }
}

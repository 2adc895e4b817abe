package dev.vap.api;

import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import java.nio.file.Path;

/**
 * What the API takes from the settings, beside how PostgreSQL and Kafka are reached.
 *
 * @param port 0 takes a free one
 * @param mediaRoot need not exist: files are refused then, with a sentence that names it
 * @param defaultModel of scenarios that name none
 */
record ApiConfig(String host, int port, Path mediaRoot, String defaultModel) {

    static ApiConfig from(Settings settings) {
        return new ApiConfig(
                settings.get(VapSettings.HTTP_HOST),
                settings.get(VapSettings.HTTP_PORT),
                settings.mediaRoot(),
                settings.get(VapSettings.DEFAULT_MODEL));
    }
}

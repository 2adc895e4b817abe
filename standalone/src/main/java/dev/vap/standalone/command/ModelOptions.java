package dev.vap.standalone.command;

import dev.vap.inference.ModelLoader;
import dev.vap.inference.model.ModelCatalog;
import dev.vap.shared.config.Settings;
import dev.vap.shared.config.VapSettings;
import dev.vap.shared.runtime.Logging;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the models are; all else is as the environment has it. */
final class ModelOptions {

    @Option(names = "--model-dir", paramLabel = "DIR", description = "folder of models (MODEL_DIR) [DATA_DIR/models]")
    String modelDir;

    @Option(names = "--data-dir", paramLabel = "DIR", description = "where VAP keeps its data (DATA_DIR) [~/.vap]")
    String dataDir;

    Settings settings(Context context) {
        return settings(context, Map.of());
    }

    Settings settings(Context context, Map<String, String> more) {
        Map<String, String> options = new HashMap<>(more);
        if (modelDir != null) {
            options.put(VapSettings.MODEL_DIR.key(), modelDir);
        }
        if (dataDir != null) {
            options.put(VapSettings.DATA_DIR.key(), dataDir);
        }
        return Settings.load(context.environment(), Optional.empty(), options);
    }

    /** That of these settings; quiet, for what is wrong is printed by the command. */
    static ModelLoader loader(Context context, Settings settings) {
        if (!context.environment().containsKey(VapSettings.LOG_LEVEL.key())) {
            Logging.setLevel("error");
        }
        return ModelLoader.of(settings, new ModelCatalog(settings.modelDir()));
    }
}

package dev.vap.system;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** What can be started from a fat jar. */
enum Service {
    API,
    ORCHESTRATOR,
    INFERENCE,
    RUNNER;

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    Path jar() {
        Path jar = root().resolve(word() + "-verticle").resolve("target").resolve(word() + "-fat.jar");
        if (!Files.isRegularFile(jar)) {
            throw new IllegalStateException(jar + " is missing: this test runs after `mvn package` of all modules");
        }
        return jar;
    }

    /** The folder that holds all modules. */
    private static Path root() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(here.resolve(".mvn"))) {
            here = here.getParent();
        }
        return here;
    }
}

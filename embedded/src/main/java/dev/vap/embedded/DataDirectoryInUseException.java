package dev.vap.embedded;

import java.nio.file.Path;
import java.util.OptionalLong;

/** Another run, in this process or another one, holds the lock of the data directory. Nothing was changed there. */
public final class DataDirectoryInUseException extends EmbeddedServerException {
    DataDirectoryInUseException(Path directory, OptionalLong holder) {
        super("The data directory %s is in use by another run%s: stop that one, or choose another with --data-dir."
                .formatted(directory, holder.isPresent() ? " (process " + holder.getAsLong() + ")" : ""));
    }
}

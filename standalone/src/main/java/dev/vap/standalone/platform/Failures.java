package dev.vap.standalone.platform;

import dev.vap.embedded.EmbeddedServerException;
import dev.vap.shared.config.ConfigException;
import dev.vap.shared.domain.Redact;
import dev.vap.shared.domain.VapException;
import dev.vap.standalone.CommandException;

/** What went wrong below a command, in a sentence for its user. */
final class Failures {

    private Failures() {}

    /**
     * @param what could not be done, as "The API could not be started"
     */
    static CommandException explain(String what, Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            if (e instanceof CommandException known) {
                return known;
            }
            if (e instanceof VapException || e instanceof ConfigException || e instanceof EmbeddedServerException) {
                return new CommandException(e.getMessage(), failure);
            }
        }
        String detail = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
        return new CommandException(what + ": " + Redact.shorten(detail) + "; LOG_LEVEL=debug shows more.", failure);
    }
}

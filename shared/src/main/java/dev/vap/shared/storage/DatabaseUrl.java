package dev.vap.shared.storage;

import dev.vap.shared.domain.Redact;
import io.vertx.pgclient.PgConnectOptions;
import java.util.Locale;

/** {@code DATABASE_URL} in the forms its users want. */
record DatabaseUrl(String text) {

    PgConnectOptions options() {
        PgConnectOptions options = PgConnectOptions.fromUri(text.replaceFirst("^postgres:", "postgresql:"));
        options.setCachePreparedStatements(true);
        return options;
    }

    /** As {@link #options()}, for connections under this name. */
    PgConnectOptions options(String applicationName) {
        PgConnectOptions options = options();
        options.addProperty("application_name", applicationName);
        return options;
    }

    /** For Flyway; user and password go beside it. */
    String jdbc() {
        PgConnectOptions o = options();
        String host = o.getHost().contains(":") ? "[" + o.getHost() + "]" : o.getHost();
        return "jdbc:postgresql://" + host + ":" + o.getPort() + "/" + o.getDatabase() + "?connectTimeout=3&sslmode="
                + o.getSslMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    String shown() {
        return Redact.url(text);
    }

    @Override
    public String toString() {
        return shown();
    }
}

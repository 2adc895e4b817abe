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

    /**
     * As {@link #options()}, for connections under this name. A host that loses its power or its network says no goodbye:
     * PostgreSQL is told to end a transaction that is silent for 5 s, which frees its locks, and to notice within half a
     * minute, not after two hours, that nobody is at the other end.
     */
    PgConnectOptions options(String applicationName) {
        PgConnectOptions options = options();
        options.addProperty("application_name", applicationName);
        options.addProperty("idle_in_transaction_session_timeout", "5000");
        options.addProperty("tcp_keepalives_idle", "10");
        options.addProperty("tcp_keepalives_interval", "5");
        options.addProperty("tcp_keepalives_count", "3");
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

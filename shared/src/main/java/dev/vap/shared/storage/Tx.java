package dev.vap.shared.storage;

import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.SqlClient;
import io.vertx.sqlclient.Tuple;

/** An open transaction; valid only inside the function it was handed to. */
public final class Tx {

    private final SqlClient client;

    Tx(SqlClient client) {
        this.client = client;
    }

    Future<RowSet<Row>> run(String sql, Object... parameters) {
        return run(sql, Tuple.wrap(parameters));
    }

    Future<RowSet<Row>> run(String sql, Tuple parameters) {
        return client.preparedQuery(sql).execute(parameters);
    }
}

package dev.vap.system;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;

/** What is stored, read and changed past all services. Safe for any thread. */
final class Store {

    private final String url;
    private Connection connection;

    Store(String databaseUrl) {
        this.url = Infra.jdbc(databaseUrl);
    }

    /**
     * The rows as objects.
     *
     * @param parameters a collection becomes an array of texts: {@code = ANY(?::uuid[])}
     */
    synchronized List<JsonObject> rows(String sql, Object... parameters) throws SQLException {
        try {
            return read("SELECT coalesce(json_agg(t), '[]')::text FROM (" + sql + ") t", parameters);
        } catch (SQLException e) {
            // Broken by an outage that the test made: the next call opens another one.
            close();
            throw e;
        }
    }

    JsonObject row(String sql, Object... parameters) throws SQLException {
        List<JsonObject> rows = rows(sql, parameters);
        if (rows.size() != 1) {
            throw new IllegalStateException(rows.size() + " rows of: " + sql);
        }
        return rows.get(0);
    }

    /** Changes what no service would change in a test's time. */
    synchronized void change(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters)) {
            statement.executeUpdate();
        } catch (SQLException e) {
            close();
            throw e;
        }
    }

    /** By the database's clock: what stored times can be compared with. */
    double nowSeconds() throws SQLException {
        return row("SELECT extract(epoch FROM clock_timestamp())::float8 AS now")
                .getDouble("now");
    }

    synchronized void close() {
        if (connection != null) {
            try {
                connection.close();
            } catch (SQLException e) {
                // It is gone either way.
            }
            connection = null;
        }
    }

    private List<JsonObject> read(String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(sql, parameters);
                ResultSet result = statement.executeQuery()) {
            result.next();
            return new JsonArray(result.getString(1))
                    .stream().map(JsonObject.class::cast).toList();
        }
    }

    private PreparedStatement prepare(String sql, Object... parameters) throws SQLException {
        if (connection == null) {
            connection = DriverManager.getConnection(url);
        }
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            Object parameter = parameters[i] instanceof Collection<?> many
                    ? connection.createArrayOf("text", many.toArray())
                    : parameters[i];
            statement.setObject(i + 1, parameter);
        }
        return statement;
    }
}

package dev.vap.embedded;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** One statement on one connection. */
final class Sql {
    private Sql() {}

    /** @param url as {@link LocalPostgres#databaseUrl()} gives it */
    static void execute(String url, String sql) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** The first column of the only row. */
    static String query(String url, String sql) throws SQLException {
        try (Connection connection = connect(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return rows.getString(1);
        }
    }

    private static Connection connect(String url) throws SQLException {
        String jdbc = "jdbc:" + url.replace("postgres@", "");
        return DriverManager.getConnection(jdbc + "?connectTimeout=10&socketTimeout=30", "postgres", "");
    }
}

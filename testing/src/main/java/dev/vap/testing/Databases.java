package dev.vap.testing;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;
import org.postgresql.ds.PGSimpleDataSource;

/** One PostgreSQL server, by whoever runs it, and the right to create databases there. */
record Databases(String host, int port, String user, Optional<String> password) {
    String url(String database) {
        String credentials = password.map(secret -> user + ":" + secret).orElse(user);
        return "postgresql://%s@%s:%d/%s".formatted(credentials, host, port, database);
    }

    /** @param name of letters, digits and underscores */
    void create(String name) {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setServerNames(new String[] {host});
        source.setPortNumbers(new int[] {port});
        source.setUser(user);
        password.ifPresent(source::setPassword);
        source.setDatabaseName("postgres");
        source.setConnectTimeout(10);
        source.setSocketTimeout(60);
        try (Connection connection = source.getConnection();
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE DATABASE " + name);
        } catch (SQLException e) {
            throw new IllegalStateException("Cannot create the database " + name, e);
        }
    }
}

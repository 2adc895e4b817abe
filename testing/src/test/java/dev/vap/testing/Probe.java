package dev.vap.testing;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.postgresql.ds.PGSimpleDataSource;

/** The least a client does to tell whether a server works. */
final class Probe {
    static final Duration DEADLINE = Duration.ofSeconds(60);

    private Probe() {}

    /** The first column of the only row; null where the statement returns none. */
    static String sql(String url, String statement) throws Exception {
        PGSimpleDataSource source = new PGSimpleDataSource();
        source.setUrl("jdbc:postgresql://" + url.substring(url.indexOf('@') + 1));
        String[] credentials =
                url.substring("postgresql://".length(), url.indexOf('@')).split(":", 2);
        source.setUser(credentials[0]);
        source.setPassword(Optional.of(credentials)
                .filter(parts -> parts.length > 1)
                .map(parts -> parts[1])
                .orElse(null));
        source.setConnectTimeout(10);
        try (Connection connection = source.getConnection();
                Statement sql = connection.createStatement()) {
            if (!sql.execute(statement)) {
                return null;
            }
            try (ResultSet rows = sql.getResultSet()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }

    static void createTopic(String bootstrap, String name) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1)))
                    .all()
                    .get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
        }
    }

    static boolean topicExists(String bootstrap, String name) throws Exception {
        try (Admin admin = Admin.create(Map.<String, Object>of("bootstrap.servers", bootstrap))) {
            return admin.listTopics()
                    .names()
                    .get(DEADLINE.toSeconds(), TimeUnit.SECONDS)
                    .contains(name);
        }
    }
}

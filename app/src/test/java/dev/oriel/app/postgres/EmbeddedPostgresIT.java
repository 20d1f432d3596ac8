package dev.oriel.app.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.app.child.Child;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.ProcessIdentity;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.PortPlan;
import dev.oriel.app.data.SetupException;
import dev.oriel.app.data.TestPlace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedPostgresIT {
    private static final String PASSWORD = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path temporary;

    private DataDirectory data;
    private EmbeddedPostgres postgres;

    @BeforeEach
    void plan() throws IOException {
        data = TestPlace.open(temporary);
        int port = PortPlan.load(data.resolve("run/ports.json")).loopback("postgres");
        postgres =
                new EmbeddedPostgres(data.resolve("postgres"), data.log("postgres"), port, PASSWORD, TestPlace.user());
    }

    @AfterEach
    void close() {
        data.close();
    }

    @Test
    void dataAndPassword_survive_killsAndRestarts() throws SQLException {
        try (Children children = new Children(data.resolve("run/child"))) {
            Child child = postgres.start(children);
            assertThat(answer("CREATE TABLE kept (v int); INSERT INTO kept VALUES (42); SELECT v FROM kept"))
                    .isEqualTo("42");
            assertThatThrownBy(() -> DriverManager.getConnection(postgres.url(), "oriel", "wrong"))
                    .hasMessageContaining("password authentication failed");
            assertThat(answer("SELECT rolsuper FROM pg_roles WHERE rolname = 'oriel'"))
                    .isEqualTo("f");

            long killed = child.pid().orElseThrow();
            ProcessHandle.of(killed).orElseThrow().destroyForcibly();
            Awaitility.await("supervised: comes back by itself")
                    .atMost(Duration.ofSeconds(20))
                    .ignoreExceptions()
                    .until(() -> answer("SELECT v FROM kept").equals("42"));
        }
        try (Children children = new Children(data.resolve("run/child"))) {
            postgres.start(children);
            assertThat(answer("SELECT v FROM kept")).isEqualTo("42");
        }
    }

    @Test
    void orphanOfAKilledUp_isEnded_andItsDataIsThere() throws SQLException {
        Children killed = new Children(data.resolve("run/child"));
        ProcessIdentity orphan =
                ProcessIdentity.of(postgres.start(killed).pid().orElseThrow()).orElseThrow();
        answer("CREATE TABLE kept (v int); INSERT INTO kept VALUES (7); SELECT v FROM kept");
        try (Children next = new Children(data.resolve("run/child"))) {
            assertThat(next.endOrphans(Duration.ofSeconds(10))).containsExactly("postgres");
            assertThat(orphan.isAlive()).isFalse();
            killed.close();
            postgres.start(next);
            assertThat(answer("SELECT v FROM kept")).isEqualTo("7");
        }
    }

    @Test
    void clusterOfAnotherVersion_isRefused_withTheCure() throws IOException {
        Path cluster = data.resolve("postgres/cluster");
        Files.createDirectories(cluster);
        Files.writeString(cluster.resolve("PG_VERSION"), "15\n");
        try (Children children = new Children(data.resolve("run/child"))) {
            assertThatThrownBy(() -> postgres.start(children))
                    .isInstanceOf(SetupException.class)
                    .hasMessageContaining("PostgreSQL 15");
        }
    }

    private String answer(String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(postgres.url(), "oriel", PASSWORD);
                Statement statement = connection.createStatement()) {
            boolean rows = statement.execute(sql);
            while (!rows && statement.getUpdateCount() != -1) {
                rows = statement.getMoreResults();
            }
            try (ResultSet result = statement.getResultSet()) {
                return result.next() ? result.getString(1) : "";
            }
        }
    }
}

package dev.oriel.bench.api;

import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** Fills the table of VMs straight, and asks it: making ten thousand VMs the long way is not what is measured. */
final class SeedStore implements AutoCloseable {
    private final Connection connection;

    SeedStore(BenchedOriel oriel) throws IOException, SQLException {
        connection = DriverManager.getConnection(url(oriel), "oriel", oriel.secret("postgres-oriel"));
    }

    static String url(BenchedOriel oriel) {
        return "jdbc:postgresql://127.0.0.1:" + oriel.port("postgres") + "/oriel";
    }

    /** Stopped VMs of this owner, settled; on {@code host}, or on none when that is empty. */
    List<UUID> stoppedVms(String owner, int count, String host) throws SQLException {
        List<UUID> ids = new ArrayList<>();
        try (PreparedStatement insert = connection.prepareStatement("""
                INSERT INTO vm (id, owner_id, name, template, cpus, memory_bytes, disk_bytes, when_unwatched,
                                desired, generation, state, settled, host, ended_at)
                VALUES (?, ?::uuid, ?, 'tiny', 1, 268435456, 1073741824, 'run', 'stopped', 1, 'stopped', true,
                        nullif(?, ''), now())
                """)) {
            for (int i = 0; i < count; i++) {
                UUID id = UUID.randomUUID();
                ids.add(id);
                insert.setObject(1, id);
                insert.setString(2, owner);
                insert.setString(3, "bench-" + id);
                insert.setString(4, host);
                insert.addBatch();
            }
            insert.executeBatch();
        }
        return ids;
    }

    /** As if every observation had been lost: all VMs of the host wait to be seen stopped. */
    void forgetObservations() throws SQLException {
        try (PreparedStatement update = connection.prepareStatement("""
                UPDATE vm SET state = 'stopping', settled = false, due_at = now() + interval '1 minute',
                              revision = revision + 1
                WHERE host = 'local' AND state = 'stopped'
                """)) {
            update.executeUpdate();
        }
    }

    /** How many VMs are not as their hosts have them. */
    int unsettled() {
        try (PreparedStatement count = connection.prepareStatement(
                        "SELECT count(*) FROM vm WHERE NOT settled AND state <> 'deleted'");
                ResultSet result = count.executeQuery()) {
            result.next();
            return result.getInt(1);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Statistics as the server would have them after a while. */
    void analyze() throws SQLException {
        try (PreparedStatement analyze = connection.prepareStatement("VACUUM ANALYZE vm")) {
            analyze.execute();
        }
    }

    void deleteStopped() throws SQLException {
        try (PreparedStatement delete = connection.prepareStatement("DELETE FROM vm WHERE state = 'stopped'")) {
            delete.executeUpdate();
        }
    }

    @Override
    public void close() throws SQLException {
        connection.close();
    }
}

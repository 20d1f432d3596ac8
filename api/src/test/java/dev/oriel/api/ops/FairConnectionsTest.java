package dev.oriel.api.ops;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.datasource.AbstractDataSource;

class FairConnectionsTest {
    private final Pool pool = new Pool();

    /** Gives as many as are asked for, and counts them. */
    private static final class Pool extends AbstractDataSource {
        private final AtomicInteger lent = new AtomicInteger();
        private volatile boolean fails;

        @Override
        public Connection getConnection() throws SQLException {
            if (fails) {
                throw new SQLException("away");
            }
            lent.incrementAndGet();
            return (Connection) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {Connection.class}, (proxy, method, arguments) -> {
                        switch (method.getName()) {
                            case "close" -> lent.decrementAndGet();
                            case "commit" -> throw new SQLException("not committed");
                            default -> throw new UnsupportedOperationException(method.getName());
                        }
                        return null;
                    });
        }

        @Override
        public Connection getConnection(String username, String password) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void whoeverWaitsLongest_isNext() throws Exception {
        FairConnections connections = new FairConnections(pool, 1, Duration.ofSeconds(30));
        Connection held = connections.getConnection();
        List<Integer> order = new CopyOnWriteArrayList<>();
        List<Thread> waiting = new CopyOnWriteArrayList<>();
        for (int i = 0; i < 5; i++) {
            int number = i;
            Thread thread = Thread.ofPlatform().daemon().start(() -> {
                try (Connection _ = connections.getConnection()) {
                    order.add(number);
                } catch (SQLException e) {
                    order.add(-1);
                }
            });
            Awaitility.await().until(() -> thread.getState() == Thread.State.TIMED_WAITING);
            waiting.add(thread);
        }
        assertThat(order).isEmpty();
        held.close();
        for (Thread thread : waiting) {
            thread.join();
        }
        assertThat(order).containsExactly(0, 1, 2, 3, 4);
        assertThat(pool.lent).hasValue(0);
    }

    @Test
    void connectionClosedTwice_isFreeOnce_andFailuresAreItsOwn() throws SQLException {
        FairConnections connections = new FairConnections(pool, 1, Duration.ofMillis(20));
        Connection first = connections.getConnection();
        assertThatThrownBy(first::commit).isInstanceOf(SQLException.class).hasMessage("not committed");
        assertThatThrownBy(connections::getConnection).isInstanceOf(SQLTransientConnectionException.class);
        first.close();
        Connection second = connections.getConnection();
        first.close();
        assertThatThrownBy(connections::getConnection).isInstanceOf(SQLTransientConnectionException.class);
        second.close();
    }

    @Test
    void poolThatGivesNone_costsNoPlace() throws SQLException {
        FairConnections connections = new FairConnections(pool, 1, Duration.ofMillis(20));
        pool.fails = true;
        assertThatThrownBy(connections::getConnection).hasMessage("away");
        pool.fails = false;
        connections.getConnection().close();
        assertThat(pool.lent).hasValue(0);
    }
}

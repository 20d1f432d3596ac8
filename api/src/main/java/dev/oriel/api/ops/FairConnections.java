package dev.oriel.api.ops;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.datasource.DelegatingDataSource;

/**
 * Gives a pool's connections in the order in which they were asked for. The pool itself gives a free one to whoever
 * looks first: of many virtual threads on few processors, those that run can take them from those that wait, again and
 * again. Thread-safe.
 */
final class FairConnections extends DelegatingDataSource {
    private final Semaphore free;
    private final Duration limit;

    /**
     * @param size how many connections {@code pool} has
     * @param limit how long to wait for one
     */
    FairConnections(DataSource pool, int size, Duration limit) {
        super(pool);
        this.free = new Semaphore(size, true);
        this.limit = limit;
    }

    /** @throws SQLTransientConnectionException when none is free within the limit */
    @Override
    public Connection getConnection() throws SQLException {
        try {
            if (!free.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new SQLTransientConnectionException(
                        "no connection became free within " + limit.toMillis() + " ms");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new SQLTransientConnectionException("interrupted while waiting for a connection", e);
        }
        boolean given = false;
        try {
            Connection connection = super.getConnection();
            given = true;
            return (Connection) Proxy.newProxyInstance(
                    FairConnections.class.getClassLoader(),
                    new Class<?>[] {Connection.class},
                    new Lent(connection, free, new AtomicBoolean(true)));
        } finally {
            if (!given) {
                free.release();
            }
        }
    }

    /** The connection itself, until it is closed: then the next who waits may have one. */
    private record Lent(Connection connection, Semaphore free, AtomicBoolean open) implements InvocationHandler {
        @Override
        public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] arguments) throws Throwable {
            try {
                return method.invoke(connection, arguments);
            } catch (InvocationTargetException e) {
                throw e.getTargetException();
            } finally {
                if (method.getName().equals("close") && open.compareAndSet(true, false)) {
                    free.release();
                }
            }
        }
    }
}

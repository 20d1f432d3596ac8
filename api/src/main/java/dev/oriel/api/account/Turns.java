package dev.oriel.api.account;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Whoever reserves of the same account's quota waits for its row in Postgres, with a connection in hand: some dozens of
 * requests of one person would leave none to anybody else. In each process they wait here instead, for their turn, before
 * they take one. What is true between processes is still decided by the row. Thread-safe.
 */
@Component
public class Turns {
    /** More than a crowd of one account takes on a slow machine, less than anybody waits for an answer. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /** Of accounts for which somebody works or waits. */
    private final Map<UserId, Line> lines = new ConcurrentHashMap<>();

    private final TransactionTemplate transactions;

    Turns(TransactionTemplate transactions) {
        this.transactions = transactions;
    }

    /** Whoever stands in it is counted: the last one removes it. */
    private record Line(ReentrantLock front, int standing) {}

    /**
     * Does {@code work} in one transaction, while nobody else in this process does any for the same account.
     *
     * @throws OrielException unavailable when its turn does not come
     */
    public <T> T in(UserId account, Supplier<T> work) {
        ReentrantLock front = join(account);
        try {
            if (!front.tryLock(LIMIT.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new OrielException(ErrorCode.UNAVAILABLE, "Too much is asked for this account at once.");
            }
            try {
                return Objects.requireNonNull(transactions.execute(_ -> work.get()));
            } finally {
                front.unlock();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "Shutting down.", e);
        } finally {
            lines.computeIfPresent(
                    account, (_, line) -> line.standing() == 1 ? null : new Line(line.front(), line.standing() - 1));
        }
    }

    private ReentrantLock join(UserId account) {
        return lines.merge(
                        account,
                        new Line(new ReentrantLock(true), 1),
                        (line, _) -> new Line(line.front(), line.standing() + 1))
                .front();
    }

    /** As {@link #in(UserId, Supplier)}, for work without a result. */
    public void in(UserId account, Runnable work) {
        boolean _ = in(account, () -> {
            work.run();
            return true;
        });
    }
}

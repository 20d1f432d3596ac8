package dev.oriel.api.account;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.springframework.security.crypto.argon2.Argon2PasswordEncoder;
import org.springframework.stereotype.Component;

/**
 * Argon2id with OWASP's parameters (19 MiB, 2 passes, 1 lane). Hashing runs on as many platform threads as there are
 * cores, so that a flood of logins can neither use up memory nor hold the virtual threads' carriers; a line that gets too
 * long is refused with 503. Thread-safe.
 */
@Component
public class Passwords implements AutoCloseable {
    private static final int SALT_BYTES = 16;
    private static final int HASH_BYTES = 32;
    private static final int LANES = 1;
    private static final int MEMORY_KIB = 19 << 10;
    private static final int PASSES = 2;
    private static final int MAX_WAITING = 512;
    private static final long LIMIT_SECONDS = 25;

    private final Argon2PasswordEncoder argon2 =
            new Argon2PasswordEncoder(SALT_BYTES, HASH_BYTES, LANES, MEMORY_KIB, PASSES);
    private final ThreadPoolExecutor workers;
    private final String nobodysHash;

    Passwords() {
        int cores = Runtime.getRuntime().availableProcessors();
        workers = new ThreadPoolExecutor(
                cores,
                cores,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(MAX_WAITING),
                Thread.ofPlatform().name("argon2-", 0).daemon().factory());
        workers.allowCoreThreadTimeOut(true);
        nobodysHash = hash("the password of nobody");
    }

    /** The encoded hash, with its parameters and salt. */
    public String hash(String password) {
        return run(() -> String.valueOf(argon2.encode(password)));
    }

    public boolean matches(String password, String hash) {
        return run(() -> argon2.matches(password, hash));
    }

    /** Takes as long as {@link #matches}, so that an unknown name cannot be told from a wrong password. */
    void matchesNobody(String password) {
        run(() -> argon2.matches(password, nobodysHash));
    }

    private <T> T run(Callable<T> work) {
        Future<T> future;
        try {
            future = workers.submit(work);
        } catch (RejectedExecutionException e) {
            throw new OrielException(ErrorCode.UNAVAILABLE, "Too many logins at once.", e);
        }
        try {
            return future.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            future.cancel(true);
            throw new OrielException(ErrorCode.UNAVAILABLE, "Too many logins at once.", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "Shutting down.", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("Argon2 failed", e.getCause());
        }
    }

    @Override
    public void close() {
        workers.shutdownNow();
    }
}

package dev.oriel.app.up;

import java.time.Duration;

/** The three roles under {@code up}: as threads of this JVM, or each as a process. Thread-safe. */
interface Roles {
    /** Starts one and returns when it serves, or, as a process, when that runs. */
    void start(RoleName role) throws Exception;

    /**
     * Ends all of them, the API first, so that nobody restarts the guests that are then powered down; guests that do
     * not end in time are forced.
     */
    void stop(Progress progress, Duration guestLimit);
}

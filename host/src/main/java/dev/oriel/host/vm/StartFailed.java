package dev.oriel.host.vm;

/** A VM could not be started. The message is for its user: one short sentence; the cause is for the log. */
final class StartFailed extends Exception {
    private static final long serialVersionUID = 1L;

    StartFailed(String reason, Throwable cause) {
        super(reason, cause);
    }

    StartFailed(String reason) {
        super(reason);
    }
}

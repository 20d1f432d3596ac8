package dev.oriel.app.child;

/** A child process did not do its work. The message says which, why, and where to read more. */
public final class ChildFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ChildFailure(String message) {
        super(message);
    }

    public ChildFailure(String message, Throwable cause) {
        super(message, cause);
    }
}

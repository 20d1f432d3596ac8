package dev.oriel.app.child;

/** Somebody wants to stop: unwinds a start that is under way. No failure, and reported as none. */
public final class Interruption extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public Interruption() {
        super("stopped on request", null, false, false);
    }
}

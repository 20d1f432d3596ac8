package dev.oriel.app.cli;

/** A command that did not do its work: one line for the user and the exit code of its class. */
final class CommandFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final ExitClass exit;

    CommandFailure(ExitClass exit, String message) {
        super(message);
        this.exit = exit;
    }

    ExitClass exit() {
        return exit;
    }
}

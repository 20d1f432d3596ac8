package dev.oriel.app.up;

import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.data.SetupException;
import dev.oriel.core.config.ConfigException;
import dev.oriel.core.error.OrielException;

/** One line for people about why something failed. */
final class Reason {
    private static final int CAUSES = 20;

    private Reason() {}

    /** The message of a failure that was written for people, or else the deepest cause with its type. */
    static String of(Throwable failure) {
        Throwable deepest = failure;
        for (int i = 0; i < CAUSES && deepest.getCause() != null && !isForPeople(deepest); i++) {
            deepest = deepest.getCause();
        }
        String message = String.valueOf(deepest.getMessage());
        return isForPeople(deepest) ? message : deepest.getClass().getSimpleName() + ": " + message;
    }

    private static boolean isForPeople(Throwable failure) {
        return failure instanceof ChildFailure
                || failure instanceof SetupException
                || failure instanceof ConfigException
                || failure instanceof OrielException;
    }
}

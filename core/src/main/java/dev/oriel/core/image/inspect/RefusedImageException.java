package dev.oriel.core.image.inspect;

/** An image breaks a rule; the message is the sentence its owner reads. */
final class RefusedImageException extends Exception {
    private static final long serialVersionUID = 1L;

    RefusedImageException(String reason) {
        // Expected, and thrown for every hostile upload: no stack trace needed.
        super(reason, null, false, false);
    }

    /** Refuses the image unless {@code holds}. */
    static void require(boolean holds, String reason) throws RefusedImageException {
        if (!holds) {
            throw new RefusedImageException(reason);
        }
    }
}

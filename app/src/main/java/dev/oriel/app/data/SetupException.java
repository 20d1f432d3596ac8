package dev.oriel.app.data;

/** Something on this machine keeps Oriel from starting. Shown to the user as problem and cure, without a stack trace. */
public final class SetupException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String cure;

    public SetupException(String problem, String cure) {
        super(problem);
        this.cure = cure;
    }

    /** What the user can do about it, in the imperative. */
    public String cure() {
        return cure;
    }
}

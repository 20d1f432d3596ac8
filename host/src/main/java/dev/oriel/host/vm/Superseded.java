package dev.oriel.host.vm;

/** What was being done is not wanted any more; the driver looks at its goal again. */
final class Superseded extends Exception {
    private static final long serialVersionUID = 1L;

    Superseded() {
        super("superseded", null, false, false);
    }
}

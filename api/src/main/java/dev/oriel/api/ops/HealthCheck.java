package dev.oriel.api.ops;

/** A part that Oriel cannot work without: every bean of this type is asked by {@code GET /readyz}. Thread-safe. */
public interface HealthCheck {
    /** Its name in the answer: lower case, one word or {@code host:<name>}. */
    String name();

    /**
     * Returns when the part answers. May take its time: whoever asks waits only so long, then interrupts.
     *
     * @throws Exception when it does not work; the message goes to the log, never into the answer
     */
    void check() throws Exception;
}

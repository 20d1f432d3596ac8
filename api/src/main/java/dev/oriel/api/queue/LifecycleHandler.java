package dev.oriel.api.queue;

/** Who does what queue entries ask for. Must be harmless to repeat: every entry may come more than once. */
public interface LifecycleHandler {
    /** Works on one entry; when it throws, the entry comes again a little later. */
    void handle(LifecycleEntry entry);

    /** Told once when {@code entry} has failed so often that it was parked. */
    void gaveUp(LifecycleEntry entry);
}

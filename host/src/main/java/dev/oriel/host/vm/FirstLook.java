package dev.oriel.host.vm;

import dev.oriel.host.rfb.FirstFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * The first viewer of a guest: connects while the guest is being got ready, because QEMU draws a while after it has
 * accepted somebody, and asks for one full picture once the guest runs.
 */
final class FirstLook {
    /** With the time in which a guest reads what it remembers. */
    private static final Duration LIMIT = Duration.ofSeconds(90);

    private final Guest guest;
    private final CompletableFuture<Boolean> runs = new CompletableFuture<>();
    private final CompletableFuture<FirstFrame> frame = new CompletableFuture<>();
    private final Thread viewer;

    private FirstLook(Guest guest, Path socket, Attention attention) {
        this.guest = guest;
        this.viewer = Thread.ofVirtual()
                .name("first-frame-" + guest.process().pid())
                .unstarted(() -> watch(socket, attention));
    }

    /** @param attention raised when it has seen the picture, or cannot */
    static FirstLook begin(Guest guest, Path socket, Attention attention) {
        FirstLook look = new FirstLook(guest, socket, attention);
        look.viewer.start();
        return look;
    }

    private void watch(Path socket, Attention attention) {
        try {
            frame.complete(FirstFrame.await(socket, LIMIT, runs));
        } catch (IOException | RuntimeException e) {
            frame.completeExceptionally(e);
        }
        attention.raise();
    }

    /** Nobody waits for the picture any more; harmless when it has come. */
    void end() {
        viewer.interrupt();
    }

    boolean isOf(Guest other) {
        return guest == other;
    }

    /** The guest runs: its picture is asked for. */
    void ask() {
        boolean _ = runs.complete(true);
    }

    boolean isOver() {
        return frame.isDone();
    }

    /** @throws StartFailed unless it has seen the picture */
    void require() throws StartFailed {
        if (!frame.isDone() || frame.isCompletedExceptionally()) {
            throw new StartFailed(
                    "it shows no picture", frame.isDone() ? frame.exceptionNow() : new IOException("no frame in time"));
        }
    }
}

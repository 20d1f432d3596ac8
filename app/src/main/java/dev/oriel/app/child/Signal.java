package dev.oriel.app.child;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The signals that Oriel sends to its children. */
public enum Signal {
    INT,
    QUIT,
    TERM,
    KILL;

    private static final long LIMIT_SECONDS = 5;

    /** Sends it; a process that has ended meanwhile is no error. */
    public void sendTo(long pid) {
        try {
            // The shell's own kill: Java sends only TERM and KILL, and Debian's minimal system has no /bin/kill.
            Process shell = new ProcessBuilder("/bin/sh", "-c", "kill -" + name() + " " + pid)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            if (!shell.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                shell.destroyForcibly();
            }
        } catch (IOException e) {
            throw new IllegalStateException("no /bin/sh to send a signal with", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}

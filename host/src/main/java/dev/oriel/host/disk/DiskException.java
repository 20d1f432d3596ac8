package dev.oriel.host.disk;

import java.io.IOException;

/** A disk could not be made. The message is for the log: it may hold paths and qemu-img's own words. */
public final class DiskException extends IOException {
    private static final long serialVersionUID = 1L;

    public DiskException(String message) {
        super(message);
    }
}

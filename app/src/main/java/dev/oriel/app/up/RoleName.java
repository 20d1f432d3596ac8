package dev.oriel.app.up;

import java.util.Locale;

/** The three programs that Oriel consists of. */
public enum RoleName {
    HOST("VM Manager"),
    GATEWAY("console gateway"),
    API("API");

    private final String title;

    RoleName(String title) {
        this.title = title;
    }

    /** What people call it. */
    public String title() {
        return title;
    }

    /** The word on the command line and in {@code ports.json}. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

package dev.oriel.app.doctor;

/**
 * One thing that was looked at.
 *
 * @param text what was found, or what is wrong
 * @param cure what to do about it; empty when nothing is wrong
 */
public record Finding(Verdict verdict, String name, String text, String cure) {
    /** How much it matters. */
    public enum Verdict {
        GOOD("✓"),
        /** Oriel runs, but slower, smaller or less safe. */
        POOR("!"),
        /** Oriel does not run. */
        BAD("✗");

        private final String mark;

        Verdict(String mark) {
            this.mark = mark;
        }

        String mark() {
            return mark;
        }
    }

    static Finding good(String name, String text) {
        return new Finding(Verdict.GOOD, name, text, "");
    }

    static Finding poor(String name, String text, String cure) {
        return new Finding(Verdict.POOR, name, text, cure);
    }

    static Finding bad(String name, String text, String cure) {
        return new Finding(Verdict.BAD, name, text, cure);
    }

    @Override
    public String toString() {
        String line = verdict.mark() + " " + name + ": " + text;
        return cure.isEmpty() ? line : line + " → " + cure;
    }
}

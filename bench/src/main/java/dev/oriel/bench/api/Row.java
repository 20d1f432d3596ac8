package dev.oriel.bench.api;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One line of the table: a number, what it should be, and what else was seen while it was measured.
 *
 * @param value in {@code unit}
 * @param aim in the same unit; none for what is only there to compare with
 * @param note what one must know to understand the number
 */
public record Row(String name, double value, String unit, Optional<Aim> aim, String note) {
    /** A limit from one side. */
    public record Aim(double bound, boolean atLeast) {
        boolean met(double value) {
            return atLeast ? value >= bound : value <= bound;
        }

        String text(String unit) {
            return (atLeast ? "≥ " : "≤ ") + number(bound) + " " + unit;
        }
    }

    public static Row atLeast(double bound, String name, double value, String unit, String note) {
        return new Row(name, value, unit, Optional.of(new Aim(bound, true)), note);
    }

    public static Row atMost(double bound, String name, double value, String unit, String note) {
        return new Row(name, value, unit, Optional.of(new Aim(bound, false)), note);
    }

    public static Row only(String name, double value, String unit, String note) {
        return new Row(name, value, unit, Optional.empty(), note);
    }

    /** A line of Markdown. */
    public String text() {
        return "| " + name + " | " + number(value) + " " + unit + " | "
                + aim.map(limit -> limit.text(unit) + (limit.met(value) ? " ✓" : " ✗"))
                        .orElse("–") + " | " + note
                + " |";
    }

    public Map<String, Object> json() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("name", name);
        fields.put("value", value);
        fields.put("unit", unit);
        aim.ifPresent(limit -> {
            fields.put(limit.atLeast() ? "atLeast" : "atMost", limit.bound());
            fields.put("met", limit.met(value));
        });
        fields.put("note", note);
        return fields;
    }

    public static String number(double value) {
        double size = Math.abs(value);
        String pattern = size >= 100 ? "%,.0f" : size >= 10 || size == Math.rint(size) ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, pattern, value).replaceFirst("\\.0$", "");
    }
}

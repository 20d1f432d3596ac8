package dev.oriel.bench.api;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A benchmark of several parts: which of them are wanted, what they gave, and the table at the end. One thread. */
public final class Parts {
    @Option(names = "--only", split = ",", paramLabel = "PART", description = "Only these parts (default: all).")
    private Set<String> only = Set.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all numbers there, too.")
    private @Nullable Path json;

    private final List<Row> rows = new ArrayList<>();
    private boolean failed;

    /** One part's measuring; what it finds it gives to {@link #keep}. */
    public interface Part {
        void measure() throws IOException, SQLException;
    }

    /** Whether any of {@code names} is asked for. */
    public boolean wants(String... names) {
        return only.isEmpty() || List.of(names).stream().anyMatch(only::contains);
    }

    /** Measures when it is wanted. One part that fails must not cost the others. */
    public void measure(String name, String title, Part part) {
        if (!wants(name)) {
            return;
        }
        System.out.println(title);
        try {
            part.measure();
        } catch (IOException | SQLException | RuntimeException e) {
            failed = true;
            System.out.println("  failed: " + e + (e.getCause() == null ? "" : ": " + e.getCause()));
        }
    }

    public void keep(Row row) {
        rows.add(row);
        System.out.println("  " + row.text());
    }

    public void keep(List<Row> found) {
        found.forEach(this::keep);
    }

    /** The value of the row with that name; NaN when there is none. */
    public double valueOf(String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name))
                .mapToDouble(Row::value)
                .findFirst()
                .orElse(Double.NaN);
    }

    /**
     * Prints the table, and writes it where {@code --json} says.
     *
     * @param more fields of the JSON, beside the name and the rows
     * @return the exit code: 1 when a part failed
     */
    public int report(String benchmark, Map<String, ?> more) throws IOException {
        System.out.println("\n| what | measured | aim | how |\n|---|---|---|---|");
        rows.forEach(row -> System.out.println(row.text()));
        if (json != null) {
            Map<String, Object> all = new LinkedHashMap<>();
            all.put("benchmark", benchmark);
            all.putAll(more);
            all.put("rows", rows.stream().map(Row::json).toList());
            Files.writeString(json, OrielJson.mapper().writeValueAsString(all));
        }
        return failed ? 1 : 0;
    }
}

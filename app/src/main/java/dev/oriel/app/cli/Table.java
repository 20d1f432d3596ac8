package dev.oriel.app.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** Columns of text under a heading. Not thread-safe. */
final class Table {
    private final List<List<String>> rows = new ArrayList<>();

    Table(String... heading) {
        rows.add(List.of(heading));
    }

    Table row(JsonNode object, String... fields) {
        List<String> row = new ArrayList<>();
        for (String field : fields) {
            JsonNode value = object.path(field);
            row.add(clean(value.isNull() || value.isMissingNode() ? "" : value.asString("")));
        }
        rows.add(row);
        return this;
    }

    void print(PrintStream out) {
        int columns = rows.getFirst().size();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < columns; i++) {
                int column = i;
                int width = rows.stream()
                        .mapToInt(r -> r.get(column).length())
                        .max()
                        .orElse(0);
                line.append(row.get(i)).append(" ".repeat(width - row.get(i).length() + 2));
            }
            out.println(line.toString().stripTrailing());
        }
    }

    /** Names are other people's text: nothing of them may steer the terminal. */
    private static String clean(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}

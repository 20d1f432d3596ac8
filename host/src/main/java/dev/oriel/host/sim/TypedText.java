package dev.oriel.host.sim;

import java.util.ArrayList;
import java.util.List;

/** Lines of typed text as on a simple terminal: they wrap, and scroll when full. Not thread-safe. */
final class TypedText {
    private static final int BACKSPACE = 0xff08;
    private static final int RETURN = 0xff0d;
    private static final int KEYPAD_ENTER = 0xff8d;

    private final int columns;
    private final int rows;
    private final List<StringBuilder> lines = new ArrayList<>();

    TypedText(int columns, int rows) {
        this.columns = columns;
        this.rows = rows;
        lines.add(new StringBuilder());
    }

    /** One pressed key, by its X11 keysym; keys that write nothing change nothing. */
    void key(int keysym) {
        if (keysym >= ' ' && keysym <= '~') {
            append((char) keysym);
        } else if (keysym == RETURN || keysym == KEYPAD_ENTER) {
            newLine();
        } else if (keysym == BACKSPACE) {
            eraseLast();
        }
    }

    /** At least one line. */
    List<String> lines() {
        return lines.stream().map(StringBuilder::toString).toList();
    }

    private void append(char character) {
        if (lines.getLast().length() >= columns) {
            newLine();
        }
        lines.getLast().append(character);
    }

    private void newLine() {
        lines.add(new StringBuilder());
        if (lines.size() > rows) {
            lines.removeFirst();
        }
    }

    private void eraseLast() {
        StringBuilder last = lines.getLast();
        if (!last.isEmpty()) {
            last.setLength(last.length() - 1);
        } else if (lines.size() > 1) {
            lines.removeLast();
        }
    }
}

package dev.oriel.core.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.Outcome;
import dev.oriel.core.vm.VmEvent;
import dev.oriel.core.vm.VmLifecycle;
import dev.oriel.core.vm.VmState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * The generated pages of {@code docs/reference} are what the code says. After a change, write them anew with {@code
 * mvn -pl core test -Dtest=ReferencePagesTest -Doriel.write-docs=true} and commit them.
 */
class ReferencePagesTest {
    private static final Path REFERENCE =
            Path.of("").toAbsolutePath().resolve("../docs/reference").normalize();

    @Test
    void lifecyclePage_isTheTable() throws IOException {
        assertPage("lifecycle.md", lifecyclePage());
    }

    @Test
    void errorPage_isTheErrorCodes() throws IOException {
        assertPage("errors.md", errorPage());
    }

    private static void assertPage(String name, String wanted) throws IOException {
        Path page = REFERENCE.resolve(name);
        if (Boolean.getBoolean("oriel.write-docs")) {
            Files.writeString(page, wanted);
        }
        assertThat(page).hasContent(wanted);
    }

    private static String lifecyclePage() {
        StringBuilder page = new StringBuilder("# The VM lifecycle\n\nGenerated from `VmLifecycle`: do not edit."
                + " Dashed words are what a host reports.\n\n```mermaid\nstateDiagram-v2\n    [*] --> requested\n");
        edges().forEach((edge, events) ->
                page.append("    ").append(edge).append(": ").append(events).append("\n"));
        page.append("    deleted --> [*]\n```\n\n| state | a user may |\n|---|---|\n");
        for (VmState state : VmState.values()) {
            page.append("| `").append(state.word()).append("` | ");
            page.append(VmLifecycle.allowed(state).stream().map(VmEvent::word).collect(Collectors.joining(", ")));
            page.append(" |\n");
        }
        return page.append("\nA repeat of what is done or under way is answered as done; everything else is refused"
                        + " with `state-conflict`, the state, and what is allowed.\n")
                .toString();
    }

    private static Map<String, String> edges() {
        Map<String, String> edges = new LinkedHashMap<>();
        for (VmState from : VmState.values()) {
            for (VmEvent event : VmEvent.values()) {
                if (VmLifecycle.apply(from, event) instanceof Outcome.Moved(VmState to) && to != from) {
                    edges.merge(from.word() + " --> " + to.word(), event.word(), (a, b) -> a + ", " + b);
                }
            }
        }
        return edges;
    }

    private static String errorPage() {
        StringBuilder page = new StringBuilder("# Errors\n\nGenerated from `ErrorCode`: do not edit. HTTP answers are"
                + " `application/problem+json` (RFC 9457) with `code`; consoles close with the WebSocket code.\n\n"
                + "| code | title | HTTP | WebSocket | what to do |\n|---|---|---|---|---|\n");
        for (ErrorCode code : ErrorCode.values()) {
            page.append("| `%s` | %s | %d | %d | %s |\n"
                    .formatted(code.slug(), code.title(), code.status(), code.closeCode(), code.hint()));
        }
        return page.toString();
    }
}

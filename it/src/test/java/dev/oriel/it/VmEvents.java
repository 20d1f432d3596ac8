package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What {@code GET /vm/events} tells one user, for as long as it is open. */
final class VmEvents implements AutoCloseable {
    private static final String DATA = "data:";

    private final InputStream stream;
    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();

    private VmEvents(InputStream stream) {
        this.stream = stream;
        Thread.ofVirtual().start(this::listen);
    }

    static VmEvents open(OrielUser user) {
        return new VmEvents(user.open("/api/vm/events", "text/event-stream"));
    }

    /** Waits until it has told that a field of a VM is {@code value}. */
    void await(String vm, String field, String value, Duration limit) {
        Awaitility.await("the event that " + field + " of " + vm + " is " + value)
                .atMost(limit)
                .untilAsserted(() -> assertThat(heard)
                        .filteredOn(event -> event.path("id").asString("").equals(vm))
                        .extracting(event -> event.path(field).asString(""))
                        .contains(value));
    }

    private void listen() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith(DATA)) {
                    heard.add(JsonMapper.shared().readTree(line.substring(DATA.length())));
                }
            }
        } catch (IOException e) {
            // It was closed.
        }
    }

    @Override
    public void close() throws IOException {
        stream.close();
    }
}

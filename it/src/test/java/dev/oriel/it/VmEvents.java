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

/** What {@code GET /vm/events} tells one user, who comes back when it ends, as browsers do. */
final class VmEvents implements AutoCloseable {
    private static final String PATH = "/api/vm/events";
    private static final String DATA = "data:";
    private static final String ID = "id:";
    /** No event has it: the server begins with how everything is. */
    private static final String NONE = "none";

    private static final int MOST_STREAMS = 100;

    private final OrielUser user;
    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
    private final List<String> ends = new CopyOnWriteArrayList<>();
    private volatile InputStream stream;
    private volatile boolean closed;

    private VmEvents(OrielUser user) {
        this.user = user;
        this.stream = user.listen(PATH, NONE);
    }

    static VmEvents open(OrielUser user) {
        VmEvents events = new VmEvents(user);
        Thread.ofPlatform().daemon().name("events").start(events::listen);
        return events;
    }

    /** Waits until it has told that a field of a VM is {@code value}. */
    void await(String vm, String field, String value, Duration limit) {
        Awaitility.await("the event that " + field + " of " + vm + " is " + value)
                .atMost(limit)
                .untilAsserted(() -> assertThat(heard)
                        .as("%d events heard; the stream ended by %s", heard.size(), ends)
                        .filteredOn(event -> event.path("id").asString("").equals(vm))
                        .extracting(event -> event.path(field).asString(""))
                        .contains(value));
    }

    private void listen() {
        String last = NONE;
        for (int i = 0; i < MOST_STREAMS && !closed; i++) {
            try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    if (line.startsWith(ID)) {
                        last = line.substring(ID.length()).strip();
                    } else if (line.startsWith(DATA)) {
                        heard.add(JsonMapper.shared().readTree(line.substring(DATA.length())));
                    }
                }
                ends.add("its end");
            } catch (IOException e) {
                ends.add(e.toString());
            }
            if (!closed) {
                stream = user.listen(PATH, last);
            }
        }
    }

    @Override
    public void close() throws IOException {
        closed = true;
        stream.close();
    }
}

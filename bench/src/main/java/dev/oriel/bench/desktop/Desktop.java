package dev.oriel.bench.desktop;

import dev.oriel.bench.api.BenchUser;
import dev.oriel.bench.api.BenchedOriel;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** One VM as its user has it: made, looked at, put aside and deleted over HTTP and a console. */
record Desktop(BenchedOriel oriel, BenchUser user, String id) {
    private static final Duration WAIT = Duration.ofSeconds(30);

    /** A VM with the console's address that its answer brought. */
    record Made(Desktop desktop, JsonNode console) {
        /** Opens the console as the answer says. */
        Screen open() throws IOException {
            return desktop.open(console);
        }
    }

    /** Makes one and waits until it runs. */
    static Made create(BenchedOriel oriel, BenchUser user, Map<String, ?> more) throws IOException {
        Map<String, Object> body = new HashMap<>(Map.of("template", "desktop"));
        body.putAll(more);
        JsonNode vm = user.post("/vm", body, WAIT).expect(201).body();
        return new Made(new Desktop(oriel, user, vm.path("id").asString("")), vm.path("console"));
    }

    /** {@code suspend} or {@code resume}; gives the console's address when it runs then. */
    JsonNode tell(String verb) throws IOException {
        return user.post("/vm/" + id + "/" + verb, Map.of(), WAIT)
                .expect(200)
                .body()
                .path("console");
    }

    /** One child that goes on from now. */
    Made fork() throws IOException {
        JsonNode child = user.post("/vm/" + id + "/fork", Map.of("count", 1), WAIT)
                .expect(201)
                .body()
                .get(0);
        return new Made(new Desktop(oriel, user, child.path("id").asString("")), child.path("console"));
    }

    Screen open() throws IOException {
        return open(user.post("/vm/" + id + "/console", Map.of(), Duration.ZERO)
                .expect(200)
                .body());
    }

    Screen open(JsonNode console) throws IOException {
        String path = URI.create(console.path("url").asString("")).getPath();
        return Screen.open(oriel.port("gateway"), path, console.path("ticket").asString(""));
    }

    void delete() throws IOException {
        user.delete("/vm/" + id, WAIT).expect(204);
    }
}

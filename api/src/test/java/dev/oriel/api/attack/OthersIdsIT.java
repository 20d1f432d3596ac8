package dev.oriel.api.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.api.attack.ApiDescription.Operation;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Whatever somebody does with another's ids, on every route: it ends as with ids of nobody's, and changes nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OthersIdsIT {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Fields of bodies that name something which may be another's. */
    private static final List<String> REFERENCES = List.of(
            "iso", "snapshot", "upload", "file", "vm", "vmId", "template", "session", "parent", "user", "owner");

    private final TestPlatform platform;
    private final TestApi api;
    private final ApiDescription description;
    private final Bodies bodies;
    private String owner = "";
    private String stranger = "";
    private Set<String> ids = Set.of();

    OthersIdsIT() throws IOException {
        platform = new TestPlatform();
        api = platform.api;
        description = ApiDescription.of(api);
        bodies = new Bodies(description);
    }

    @AfterAll
    void close() throws IOException {
        platform.close();
    }

    @BeforeAll
    void ownerHasOneOfEverything() {
        owner = api.register("owner");
        stranger = api.register("stranger");
        HttpResponse<String> vm =
                api.send(api.jsonRequest("/vm", Map.of("template", "tiny")).header("Authorization", "Bearer " + owner));
        assertThat(vm.statusCode()).as(vm.body()).isEqualTo(201);
        String id = TestApi.json(vm).get("id").asString();
        upload();
        // Whatever can be listed can be made: a token, a snapshot, a share.
        for (Operation list : description.operations()) {
            Optional<Operation> make = description.find("POST", list.path());
            if (list.method().equals("GET")
                    && make.isPresent()
                    && make.get().body().isPresent()) {
                send(make.get(), make.get().at(id), example(make.get()), owner);
            }
        }
        ids = new LinkedHashSet<>(List.of(id));
        for (Operation list : description.operations()) {
            if (list.method().equals("GET") && !list.endless() && list.variables() <= 1) {
                collect(send(list, list.at(id), Optional.empty(), owner));
            }
        }
        assertThat(ids).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void everyVerbOnEveryRoute_answersAsForNobodysIds() {
        Map<String, String> before = ownersView();
        List<String> leaks = new ArrayList<>();
        int tried = 0;
        for (Operation operation : description.operations()) {
            if (operation.variables() == 0 || operation.endless()) {
                continue;
            }
            for (String[] values : combinations(operation.variables())) {
                String seen = answer(operation, values);
                String nobodys = answer(operation, UUID.randomUUID().toString());
                tried++;
                if (!seen.equals(nobodys)) {
                    leaks.add(operation + " " + String.join(" ", values) + ": " + seen + " instead of " + nobodys);
                }
            }
        }
        assertThat(leaks).isEmpty();
        assertThat(tried).isGreaterThan(50);
        assertThat(ownersView()).isEqualTo(before);
    }

    @Test
    void othersIds_inBodies_areLikeNobodys() {
        List<String> leaks = new ArrayList<>();
        for (Operation operation : description.operations()) {
            if (operation.body().isEmpty() || operation.path().startsWith("/auth/")) {
                continue;
            }
            JsonNode fields = description.resolved(operation.body().get()).path("properties");
            for (String field : REFERENCES) {
                if (!fields.has(field)) {
                    continue;
                }
                for (String id : ids) {
                    String seen = reference(operation, field, id);
                    String nobodys =
                            reference(operation, field, UUID.randomUUID().toString());
                    if (!seen.equals(nobodys)) {
                        leaks.add(operation + " " + field + ": " + seen + " instead of " + nobodys);
                    }
                }
            }
        }
        assertThat(leaks).isEmpty();
    }

    @Test
    void unknownFields_areRefusedByName_everywhere() {
        for (Operation operation : description.operations()) {
            if (operation.body().isEmpty()) {
                continue;
            }
            for (String extra : List.of("role", "ownerId", "isAdmin")) {
                if (description
                        .resolved(operation.body().get())
                        .path("properties")
                        .has(extra)) {
                    continue;
                }
                ObjectNode body = bodies.example(operation.body().get());
                body.put(extra, "admin");
                HttpResponse<String> answer =
                        send(operation, operation.at(UUID.randomUUID().toString()), Optional.of(body), owner);
                assertThat(answer.statusCode())
                        .as(operation + " " + answer.body())
                        .isEqualTo(400);
                assertThat(answer.body()).as(operation.toString()).contains(extra);
            }
        }
    }

    private String reference(Operation operation, String field, String value) {
        ObjectNode body = operation.path().equals("/vm")
                ? tools.jackson.databind.json.JsonMapper.shared().createObjectNode()
                : bodies.example(operation.body().orElseThrow());
        body.put(field, value);
        if (operation.path().equals("/vm") && !field.equals("template") && !field.equals("snapshot")) {
            body.put("template", "blank");
        }
        return plain(send(operation, operation.at(UUID.randomUUID().toString()), Optional.of(body), stranger));
    }

    private List<String[]> combinations(int variables) {
        List<String[]> all = new ArrayList<>();
        for (String first : ids) {
            if (variables == 1) {
                all.add(new String[] {first});
                continue;
            }
            ids.forEach(second -> all.add(new String[] {first, second}));
        }
        return all;
    }

    private String answer(Operation operation, String... values) {
        return plain(send(operation, operation.at(values), example(operation), stranger));
    }

    private Optional<ObjectNode> example(Operation operation) {
        return operation.body().map(schema -> bodies.example(schema));
    }

    private HttpResponse<String> send(Operation operation, String path, Optional<ObjectNode> body, String token) {
        HttpRequest.Builder request = api.request(path)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json")
                .header("Prefer", "wait=0");
        body.ifPresent(content -> request.header("Content-Type", "application/json"));
        return api.send(request.method(
                operation.method(),
                body.map(content -> BodyPublishers.ofString(content.toString())).orElseGet(BodyPublishers::noBody)));
    }

    /** Status and body, without what is different in every answer. */
    private static String plain(HttpResponse<String> answer) {
        return answer.statusCode() + " "
                + ID.matcher(answer.body().replaceAll("\"requestId\":\"[^\"]*\"", ""))
                        .replaceAll("<id>");
    }

    private Map<String, String> ownersView() {
        Map<String, String> view = new TreeMap<>();
        for (Operation operation : description.operations()) {
            boolean settled = operation.method().equals("GET")
                    && !operation.endless()
                    && operation.variables() <= 1
                    && !operation.path().endsWith("/screenshot")
                    && !operation.path().equals("/auth/logins")
                    && !operation.path().equals("/readyz");
            if (settled) {
                HttpResponse<String> answer =
                        send(operation, operation.at(ids.iterator().next()), Optional.empty(), owner);
                view.put(operation.path(), answer.statusCode() + " " + idsIn(answer));
            }
        }
        return view;
    }

    private static Set<String> idsIn(HttpResponse<String> answer) {
        Set<String> found = new java.util.TreeSet<>();
        ID.matcher(answer.body()).results().forEach(match -> found.add(match.group()));
        return found;
    }

    private void collect(HttpResponse<String> answer) {
        if (answer.statusCode() == 200) {
            ID.matcher(answer.body()).results().forEach(match -> ids.add(match.group()));
        }
    }

    private void upload() {
        String form =
                "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"mine.txt\"\r\n\r\nmine\r\n--b--\r\n";
        HttpResponse<String> answer = api.send(api.request("/post")
                .header("Authorization", "Bearer " + owner)
                .header("Content-Type", "multipart/form-data; boundary=b")
                .POST(BodyPublishers.ofString(form)));
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
    }
}

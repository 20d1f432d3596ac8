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
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Whatever somebody does with another's ids, on every route: it ends as with ids of nobody's, and changes nothing. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OthersIdsIT {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    /** Fields of bodies that name something which may be another's. */
    private static final List<String> REFERENCES = List.of(
            "iso", "snapshot", "upload", "file", "vm", "vmId", "template", "session", "parent", "user", "owner");

    private static final String TEMPLATE = "template-of-the-owner";

    private final TestPlatform platform;
    private final TestApi api;
    private final ApiDescription description;
    private final Bodies bodies;
    private String owner = "";
    private String stranger = "";
    private String strangersVm = "";
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
        String id = make("/vm", Map.of("template", "tiny"), owner);
        strangersVm = make("/vm", Map.of("template", "blank"), stranger);
        upload();
        String team = make("/teams", Map.of("name", "Others", "manager", "owner"), admin());
        // What a caller is, is known for a moment.
        Awaitility.await().until(() -> send("GET", "/vm?team=" + team, owner).statusCode() == 200);
        String ofTeam = make("/vm?team=" + team, Map.of("template", "tiny"), owner);
        make("/vm/" + ofTeam + "/shares", Map.of(), owner);
        String template = TestApi.json(post("/vm/templates", Map.of("vm", id, "name", TEMPLATE), owner))
                .path("name")
                .asString();
        assertThat(template).isEqualTo(TEMPLATE);
        String fork = TestApi.json(post("/vm/" + id + "/fork", Map.of("count", 1), owner))
                .at("/0/id")
                .asString();
        String recording = recordingOf(id);
        // Whatever can be listed can be made: a token, a snapshot, a share.
        for (Operation list : description.operations()) {
            Optional<Operation> make = description.find("POST", list.path());
            if (list.method().equals("GET")
                    && make.isPresent()
                    && make.get().body().isPresent()) {
                send(make.get(), make.get().at(id), example(make.get()), owner);
            }
        }
        ids = new LinkedHashSet<>(List.of(id, team, ofTeam, fork, recording));
        assertThat(ids).doesNotContain("");
        for (Operation list : description.operations()) {
            if (list.method().equals("GET") && !list.endless() && list.variables() <= 1) {
                List.of(id, team).forEach(of -> collect(send(list, list.at(of), Optional.empty(), owner)));
            }
        }
        assertThat(ids).hasSizeGreaterThanOrEqualTo(12);
    }

    private String make(String path, Map<String, ?> body, String token) {
        HttpResponse<String> answer = post(path, body, token);
        assertThat(answer.statusCode()).as(path + " " + answer.body()).isEqualTo(201);
        return TestApi.json(answer).get("id").asString();
    }

    private HttpResponse<String> post(String path, Map<String, ?> body, String token) {
        return api.send(api.jsonRequest(path, body).header("Authorization", "Bearer " + token));
    }

    private HttpResponse<String> send(String method, String path, String token) {
        return api.send(api.request(path)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json")
                .method(method, BodyPublishers.noBody()));
    }

    private String admin() {
        return TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
    }

    /** As a gateway would have made it: this platform has none. */
    private String recordingOf(String vm) {
        UUID recording = UUID.randomUUID();
        api.bean(JdbcClient.class)
                .sql("""
                        INSERT INTO recording (id, vm_id, owner_id, host, state, by_template, started_at, ended_at,
                                               max_bytes)
                        SELECT :id, id, owner_id, 'local', 'ended', false, now(), now(), 1000 FROM vm WHERE id = :vm
                        """)
                .param("id", recording)
                .param("vm", UUID.fromString(vm))
                .update();
        return recording.toString();
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
            String nobodys = answer(operation, UUID.randomUUID().toString());
            for (String[] values : combinations(operation)) {
                String seen = answer(operation, values);
                tried++;
                if (!seen.equals(nobodys)) {
                    leaks.add(operation + " " + String.join(" ", values) + ": " + seen + " instead of " + nobodys);
                }
            }
        }
        assertThat(leaks).isEmpty();
        assertThat(tried).isGreaterThan(500);
        assertThat(ownersView()).isEqualTo(before);
    }

    /** PUT where only GET is meant, HEAD, made-up methods: no verb that nobody described does anything. */
    @Test
    void verbsThatNobodyDescribed_answerAsForNobodysIds() {
        Set<String> paths = new TreeSet<>();
        description.operations().stream()
                .filter(operation -> operation.variables() > 0 && !operation.endless())
                .forEach(operation -> paths.add(operation.path()));
        List<String> leaks = new ArrayList<>();
        for (String path : paths) {
            for (String verb : List.of("GET", "HEAD", "PUT", "POST", "PATCH", "DELETE", "OPTIONS", "PROPFIND")) {
                if (description.find(verb, path).isPresent()) {
                    continue;
                }
                String nobodys = plain(send(verb, filled(path, UUID.randomUUID().toString()), stranger));
                for (String id : ids) {
                    String seen = plain(send(verb, filled(path, id), stranger));
                    if (!seen.equals(nobodys)) {
                        leaks.add(verb + " " + path + " " + id + ": " + seen + " instead of " + nobodys);
                    }
                }
            }
        }
        assertThat(leaks).isEmpty();
    }

    private static String filled(String path, String id) {
        return path.replaceAll("\\{[^}]+}", id);
    }

    /** {@code ?team=} lets members act for a team, {@code ?user=} administrators look: for others they lead nowhere. */
    @Test
    void othersIds_asParameters_leadNowhere() {
        Map<String, String> before = ownersView();
        List<String> leaks = new ArrayList<>();
        for (Operation operation : description.operations()) {
            String path = operation.at(UUID.randomUUID().toString());
            // What is below /auth/ ends the stranger's own login, and asks for nobody else.
            if (operation.endless() || path.startsWith("/auth/")) {
                continue;
            }
            Set<String> parameters = new TreeSet<>(operation.query());
            parameters.add("team");
            for (String parameter : parameters) {
                String nobodys =
                        by(operation, path, parameter, UUID.randomUUID().toString());
                for (String id : ids) {
                    String seen = by(operation, path, parameter, id);
                    if (!seen.equals(nobodys)) {
                        leaks.add(operation + " ?" + parameter + "=" + id + ": " + seen + " instead of " + nobodys);
                    }
                }
            }
            if (parameters.contains("user")
                    && !by(operation, path, "user", "owner").equals(by(operation, path, "user", "nobody"))) {
                leaks.add(operation + " ?user=owner");
            }
        }
        assertThat(leaks).isEmpty();
        assertThat(ownersView()).isEqualTo(before);
    }

    private String by(Operation operation, String path, String parameter, String value) {
        return plain(send(operation, path + "?" + parameter + "=" + value, example(operation), stranger));
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
                List<String> values = new ArrayList<>(ids);
                if (field.equals("template")) {
                    values.add(TEMPLATE);
                }
                for (String id : values) {
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

    /** As right as can be but for that one field, and about a VM of the stranger's own. */
    private String reference(Operation operation, String field, String value) {
        ObjectNode body = switch (operation.path()) {
            case "/vm" -> {
                ObjectNode least = JsonMapper.shared().createObjectNode();
                yield field.equals("snapshot") ? least : least.put("template", "blank");
            }
            case "/vm/templates" -> JsonMapper.shared().createObjectNode().put("name", "copy");
            default -> bodies.example(operation.body().orElseThrow());
        };
        body.put(field, value);
        return plain(send(operation, operation.at(strangersVm), Optional.of(body), stranger));
    }

    private List<String[]> combinations(Operation operation) {
        List<String[]> all = new ArrayList<>();
        if (operation.path().contains("{name}")) {
            all.add(new String[] {TEMPLATE});
        }
        for (String first : ids) {
            if (operation.variables() == 1) {
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
                        .replaceAll("<id>")
                        .replace(TEMPLATE, "<id>");
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
        Set<String> found = new TreeSet<>();
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

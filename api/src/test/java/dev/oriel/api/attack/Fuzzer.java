package dev.oriel.api.attack;

import dev.oriel.api.TestApi;
import dev.oriel.api.attack.ApiDescription.Operation;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Makes requests that are partly right and partly odd. The same seed makes the same requests on the same answers. */
final class Fuzzer {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    private static final int MAX_IDS = 40;

    private static final List<String> ODD_TEXTS = List.of(
            "",
            " ",
            "\0",
            "a\0b",
            "'; DROP TABLE vm; --",
            "../../etc/passwd",
            "%s%n${jndi:ldap://x}",
            "<script>alert(1)</script>",
            "\u202e\ud83d\ude00\u0000\uffff",
            "\ud800",
            "x".repeat(5000),
            "-1",
            "9223372036854775808",
            "1e400",
            "NaN",
            "null",
            "[]",
            "2026-02-30T25:61:61Z",
            "{}",
            "\r\nSet-Cookie: a=b");

    private static final List<String> ODD_BODIES = List.of(
            "",
            "{",
            "[]",
            "null",
            "\"text\"",
            "42",
            "{\"a\":".repeat(2000),
            "[".repeat(20_000),
            "{\"template\":\"tiny\",\"template\":\"tiny\"}",
            "{\"a\":1e999999999}",
            "\ufeff{}",
            "{\"name\":\"\\ud800\"}",
            "<xml/>",
            "x".repeat(70_000));

    private final TestApi api;
    private final ApiDescription description;
    private final Bodies bodies;
    private final Random random;
    private final List<String> ids = new ArrayList<>(List.of(UUID.randomUUID().toString()));
    private String user;
    private final String admin;
    private int users;

    Fuzzer(TestApi api, ApiDescription description, Random random) {
        this.api = api;
        this.description = description;
        this.bodies = new Bodies(description);
        this.random = random;
        this.user = api.register("fuzzer");
        this.admin = TestApi.json(
                        api.post("/auth/login", Map.of("username", "admin", "password", "password of admin in tests")))
                .get("accessToken")
                .asString();
    }

    /** A request and what it is, for the report. */
    record Shot(HttpRequest.Builder request, String words) {}

    Shot next(Operation operation) {
        String path = path(operation);
        HttpRequest.Builder request = api.request(path);
        String who = authorise(request, operation);
        String body = body(operation);
        if (operation.body().isPresent() || operation.multipart() || chance(5)) {
            request.header("Content-Type", type(operation));
        }
        for (String header : operation.headers()) {
            if (chance(50)) {
                request.header(header, header.equals("Prefer") ? "wait=0" : visible(odd()));
            }
        }
        boolean bodied = !operation.method().equals("GET") || chance(10);
        request.method(operation.method(), bodied ? BodyPublishers.ofString(body) : BodyPublishers.noBody());
        if (operation.headers().contains("Prefer") && !chance(2)) {
            request.setHeader("Prefer", "wait=0");
        }
        String shown = body.length() > 300 ? body.substring(0, 300) + "…" : body;
        return new Shot(request, operation.method() + " " + path + " as " + who + " " + shown);
    }

    /** Remembers ids to use later; somebody who was signed out by a lucky shot comes back as somebody new. */
    void learn(HttpResponse<String> answer) {
        if (answer.statusCode() < 300) {
            ID.matcher(answer.body()).results().limit(3).forEach(match -> ids.add(match.group()));
            while (ids.size() > MAX_IDS) {
                ids.removeFirst();
            }
        }
        if (answer.statusCode() == 401 || answer.statusCode() == 204) {
            int alive = api.send(api.request("/auth/me").header("Authorization", "Bearer " + user))
                    .statusCode();
            if (alive == 401) {
                user = api.register("fuzzer-" + ++users);
            }
        }
    }

    private String path(Operation operation) {
        String[] values = new String[Math.max(1, operation.variables())];
        for (int i = 0; i < values.length; i++) {
            values[i] = chance(80) ? pick(ids) : encoded(odd());
        }
        StringBuilder path = new StringBuilder(operation.at(values));
        char before = '?';
        for (String name : operation.query()) {
            if (chance(60)) {
                path.append(before).append(name).append('=').append(encoded(chance(30) ? pick(ids) : odd()));
                before = '&';
            }
        }
        return path.toString();
    }

    private String authorise(HttpRequest.Builder request, Operation operation) {
        // The one administrator must not be signed out or changed by chance.
        boolean harmless = operation.method().equals("GET") || operation.path().startsWith("/admin/invitations");
        if (harmless && chance(30)) {
            request.header("Authorization", "Bearer " + admin);
            return "admin";
        }
        if (chance(5)) {
            request.header("Authorization", visible("Bearer " + odd()));
            return "somebody odd";
        }
        if (chance(5)) {
            return "nobody";
        }
        request.header("Authorization", "Bearer " + user);
        return "user";
    }

    private String body(Operation operation) {
        if (chance(15)) {
            return pick(ODD_BODIES);
        }
        if (operation.multipart()) {
            return "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + visible(odd()) + "\"\r\n\r\n"
                    + odd() + "\r\n--b--\r\n";
        }
        if (operation.body().isEmpty()) {
            return "";
        }
        JsonNode schema = description.resolved(operation.body().get());
        ObjectNode object = bodies.example(schema);
        for (String name : List.copyOf(object.propertyNames())) {
            if (chance(40)) {
                object.remove(name);
            } else if (chance(35)) {
                object.set(name, oddNode());
            } else if (chance(20)) {
                object.put(name, pick(ids));
            }
        }
        if (chance(10)) {
            object.set("unknown", oddNode());
        }
        return object.toString();
    }

    private JsonNode oddNode() {
        JsonMapper json = JsonMapper.shared();
        return switch (random.nextInt(8)) {
            case 0 -> json.getNodeFactory().nullNode();
            case 1 -> json.getNodeFactory().numberNode(random.nextLong());
            case 2 -> json.getNodeFactory().numberNode(random.nextInt(-3, 4));
            case 3 -> json.getNodeFactory().numberNode(random.nextGaussian() * 1e300);
            case 4 -> json.createArrayNode().add(odd()).add(1);
            case 5 -> json.createObjectNode().put(visible(odd()), 1);
            case 6 -> json.getNodeFactory().booleanNode(random.nextBoolean());
            default -> json.getNodeFactory().stringNode(odd());
        };
    }

    private String type(Operation operation) {
        if (chance(5)) {
            return pick(List.of("text/plain", "application/xml", "application/json; charset=utf-16", "nonsense"));
        }
        return operation.multipart() ? "multipart/form-data; boundary=b" : "application/json";
    }

    private String odd() {
        return pick(ODD_TEXTS);
    }

    /** As far as a header's value may hold it. */
    private static String visible(String text) {
        String plain = text.replaceAll("[^\\x20-\\x7e]", "?");
        return plain.length() > 1000 ? plain.substring(0, 1000) : plain;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private boolean chance(int percent) {
        return random.nextInt(100) < percent;
    }

    private String pick(List<String> from) {
        return from.get(random.nextInt(from.size()));
    }
}

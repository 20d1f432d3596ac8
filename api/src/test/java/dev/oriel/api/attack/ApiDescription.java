package dev.oriel.api.attack;

import dev.oriel.api.TestApi;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/** What {@code /openapi.json} says, as far as attacks need it. Immutable. */
final class ApiDescription {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");
    private static final List<String> METHODS = List.of("get", "put", "post", "patch", "delete");

    private final JsonNode document;
    private final List<Operation> operations = new ArrayList<>();

    private ApiDescription(JsonNode document) {
        this.document = document;
        document.get("paths")
                .properties()
                .forEach(path -> path.getValue().properties().forEach(verb -> {
                    if (METHODS.contains(verb.getKey())) {
                        operations.add(operation(verb.getKey(), path.getKey(), verb.getValue()));
                    }
                }));
    }

    static ApiDescription of(TestApi api) {
        return new ApiDescription(TestApi.json(api.get("/openapi.json")));
    }

    /**
     * One verb on one route.
     *
     * @param query the names of its query parameters
     * @param body the schema of its JSON body, if it takes one
     * @param endless whether it answers with a stream of events
     */
    record Operation(
            String method,
            String path,
            List<String> query,
            List<String> headers,
            Optional<JsonNode> body,
            boolean multipart,
            boolean endless) {
        int variables() {
            return (int) VARIABLE.matcher(path).results().count();
        }

        /** The path with its variables replaced, the last value again when there are too few. */
        String at(String... values) {
            Matcher matcher = VARIABLE.matcher(path);
            StringBuilder filled = new StringBuilder();
            for (int i = 0; matcher.find(); i++) {
                matcher.appendReplacement(filled, Matcher.quoteReplacement(values[Math.min(i, values.length - 1)]));
            }
            return matcher.appendTail(filled).toString();
        }

        @Override
        public String toString() {
            return method + " " + path;
        }
    }

    List<Operation> operations() {
        return List.copyOf(operations);
    }

    Optional<Operation> find(String method, String path) {
        return operations.stream()
                .filter(operation ->
                        operation.method().equals(method) && operation.path().equals(path))
                .findFirst();
    }

    /** The schema itself, wherever it is kept. */
    JsonNode resolved(JsonNode schema) {
        String reference = schema.path("$ref").asString("");
        return reference.isEmpty() ? schema : document.at(reference.substring(1));
    }

    private static Operation operation(String method, String path, JsonNode node) {
        List<String> query = new ArrayList<>();
        List<String> headers = new ArrayList<>();
        for (JsonNode parameter : node.path("parameters")) {
            switch (parameter.get("in").asString()) {
                case "query" -> query.add(parameter.get("name").asString());
                case "header" -> headers.add(parameter.get("name").asString());
                default -> {
                    // Variables of the path are read off the path.
                }
            }
        }
        JsonNode content = node.at("/requestBody/content");
        JsonNode schema = content.path("application/json").path("schema");
        boolean endless = node.at("/responses/200/content").has("text/event-stream");
        return new Operation(
                method.toUpperCase(Locale.ROOT),
                path,
                List.copyOf(query),
                List.copyOf(headers),
                schema.isMissingNode() ? Optional.empty() : Optional.of(schema),
                content.has("multipart/form-data"),
                endless || path.endsWith("/events"));
    }
}

package dev.oriel.api.attack;

import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes bodies that a schema allows and that mean something. */
final class Bodies {
    private static final JsonMapper JSON = JsonMapper.shared();

    /** What fields of these names usually hold; everything else gets a word. */
    private static final Map<String, String> WORDS = Map.of(
            "template", "tiny",
            "password", "a long enough password",
            "currentPassword", "a long enough password",
            "newPassword", "a long enough password",
            "email", "somebody@example.org",
            "url", "https://example.org/hook");

    private final ApiDescription api;

    Bodies(ApiDescription api) {
        this.api = api;
    }

    /** An object with every field that the schema knows, but for those in {@code without}. */
    ObjectNode example(JsonNode schema, String... without) {
        ObjectNode object = JSON.createObjectNode();
        api.resolved(schema).path("properties").properties().forEach(property -> {
            if (!java.util.List.of(without).contains(property.getKey())) {
                object.set(property.getKey(), value(property.getKey(), property.getValue(), 0));
            }
        });
        return object;
    }

    JsonNode value(String name, JsonNode given, int depth) {
        JsonNode schema = api.resolved(given);
        if (schema.has("enum")) {
            return schema.get("enum").get(0);
        }
        return switch (type(schema)) {
            case "integer", "number" -> JSON.getNodeFactory().numberNode(1);
            case "boolean" -> JSON.getNodeFactory().booleanNode(false);
            case "array" -> {
                ArrayNode array = JSON.createArrayNode();
                if (depth < 4 && schema.has("items")) {
                    array.add(value(name, schema.get("items"), depth + 1));
                }
                yield array;
            }
            case "object" -> depth < 4 ? example(schema) : JSON.createObjectNode();
            default -> JSON.getNodeFactory().stringNode(word(name, schema));
        };
    }

    private static String type(JsonNode schema) {
        JsonNode type = schema.path("type");
        return type.isArray() ? type.get(0).asString("string") : type.asString("string");
    }

    private static String word(String name, JsonNode schema) {
        return switch (schema.path("format").asString("")) {
            case "uuid" -> "00000000-0000-4000-8000-000000000000";
            case "date-time" -> java.time.Instant.now().plusSeconds(86_400).toString();
            default -> WORDS.getOrDefault(name, "word");
        };
    }
}

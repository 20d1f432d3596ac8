package dev.oriel.api.http;

import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.jdk.StringDeserializer;

/**
 * Texts of requests as they are, but for those with half a character in them: {@code "\\ud800"} is no text in any
 * encoding. Kept, it would become another one. Thread-safe.
 */
final class WholeText extends StringDeserializer {
    @Override
    public @Nullable String deserialize(JsonParser parser, DeserializationContext context) {
        String text = super.deserialize(parser, context);
        return text == null || isWhole(text)
                ? text
                : context.reportInputMismatch(String.class, "a text with half a character");
    }

    static boolean isWhole(String text) {
        return text.codePoints()
                .noneMatch(point -> point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE);
    }
}

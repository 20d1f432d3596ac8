package dev.oriel.api.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.util.List;
import java.util.Map;

/**
 * What is wrong with one field of a request: an entry of a problem's {@code errors}.
 *
 * @param field its path in the JSON body, like {@code userData} or {@code disks[0].size}; or a parameter's name
 * @param message what is expected, for people
 */
public record FieldError(String field, String message) {
    /** The 400 that carries these errors. */
    public static OrielException problem(List<FieldError> errors) {
        FieldError first = errors.getFirst();
        return new OrielException(
                ErrorCode.BAD_REQUEST, first.field() + ": " + first.message(), Map.of("errors", List.copyOf(errors)));
    }

    /** The 400 about a single field. */
    public static OrielException problem(String field, String message) {
        return problem(List.of(new FieldError(field, message)));
    }
}

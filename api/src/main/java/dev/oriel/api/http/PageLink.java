package dev.oriel.api.http;

import dev.oriel.api.ApiConfig;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;

/**
 * Lists in pages: the address of the next one stands in the {@code Link} header (RFC 8288), as clients see it from
 * outside; the last page has none. Pure.
 */
public final class PageLink {
    private PageLink() {}

    /**
     * An answer with at most {@code limit} of {@code found}, which holds one more than that if there is a next page.
     *
     * @param parameters of the request, but for the cursor; those that are null were not given
     * @param cursor the value of {@code after} that continues behind an item
     */
    public static <T> ResponseEntity<List<T>> page(
            String path,
            List<T> found,
            int limit,
            Map<String, @Nullable Object> parameters,
            Function<T, String> cursor) {
        List<T> page = found.subList(0, Math.min(limit, found.size()));
        ResponseEntity.BodyBuilder answer = ResponseEntity.ok();
        if (found.size() > limit) {
            StringBuilder address = new StringBuilder(ApiConfig.PUBLIC_PREFIX + path + "?limit=" + limit);
            parameters.forEach((name, value) -> {
                if (value != null) {
                    address.append('&').append(name).append('=').append(encoded(value.toString()));
                }
            });
            address.append("&after=").append(encoded(cursor.apply(page.getLast())));
            answer.header(HttpHeaders.LINK, "<" + address + ">; rel=\"next\"");
        }
        return answer.body(List.copyOf(page));
    }

    /**
     * The page's size, if it is possible.
     *
     * @throws dev.oriel.core.error.OrielException bad-request
     */
    public static int checked(int limit, int max) {
        if (limit < 1 || limit > max) {
            throw FieldError.problem("limit", "must be 1 to " + max);
        }
        return limit;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

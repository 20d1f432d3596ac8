package dev.oriel.core.error;

import java.util.LinkedHashMap;
import java.util.Map;

/** The members of an RFC 9457 {@code application/problem+json} body, in the order people like to read them. */
public final class Problem {
    public static final String MEDIA_TYPE = "application/problem+json";

    private Problem() {}

    /** The body for {@code code}; {@code requestId} ties it to the log. */
    public static Map<String, Object> body(ErrorCode code, String detail, String requestId, Map<String, Object> extra) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("type", "about:blank");
        body.put("title", code.title());
        body.put("status", code.status());
        body.put("code", code.slug());
        body.put("detail", detail);
        body.put("hint", code.hint());
        body.put("requestId", requestId);
        body.putAll(extra);
        return body;
    }
}

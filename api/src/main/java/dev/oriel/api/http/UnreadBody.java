package dev.oriel.api.http;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.json.OrielJson;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/**
 * Refuses what a request says where nobody would read it: who asks for {@code {"mode":"view"}} must not get another
 * mode without a word. No body and an empty object are fine. Thread-safe.
 */
final class UnreadBody implements HandlerInterceptor {
    private static final Set<String> WITHOUT = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final int MOST = 1 << 10;

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler)
            throws IOException {
        if (request.getDispatcherType() == DispatcherType.REQUEST
                && !WITHOUT.contains(request.getMethod())
                && handler instanceof HandlerMethod method
                && !isRead(method)) {
            check(request.getInputStream().readNBytes(MOST));
        }
        return true;
    }

    /** Whoever has the request itself reads what it likes of it. */
    private static boolean isRead(HandlerMethod method) {
        return Arrays.stream(method.getMethodParameters()).anyMatch(UnreadBody::takesBody);
    }

    private static boolean takesBody(MethodParameter parameter) {
        return parameter.hasParameterAnnotation(RequestBody.class)
                || ServletRequest.class.isAssignableFrom(parameter.getParameterType());
    }

    private static void check(byte[] body) {
        if (body.length == 0) {
            return;
        }
        List<FieldError> unknown = fields(body).stream()
                .map(name -> new FieldError(name, "is not a known field"))
                .toList();
        if (!unknown.isEmpty()) {
            throw FieldError.problem(unknown);
        }
    }

    private static List<String> fields(byte[] body) {
        try {
            JsonNode node = body.length < MOST
                    ? OrielJson.mapper().readTree(body)
                    : OrielJson.mapper().missingNode();
            if (node.isObject()) {
                return List.copyOf(node.propertyNames());
            }
        } catch (JacksonException e) {
            // No JSON at all.
        }
        throw new OrielException(ErrorCode.BAD_REQUEST, "This request takes no body.");
    }
}

package dev.oriel.api.http;

import dev.oriel.api.http.ProblemMapping.Failure;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.slf4j.MDC;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.stereotype.Component;
import org.springframework.web.filter.OncePerRequestFilter;

/**
 * What every request gets, around everything else: an id, security headers, a limit on its body, a line in the access
 * log, and a problem for whatever escaped.
 */
@Component
@Order(Ordered.HIGHEST_PRECEDENCE)
class RequestFrame extends OncePerRequestFilter {
    /** Files are limited by the resource that stores them. */
    private static final String UPLOADS = "/post";

    private final SecurityHeaders headers;
    private final ProblemWriter problems;
    private final AccessLog accessLog;

    RequestFrame(SecurityHeaders headers, ProblemWriter problems, AccessLog accessLog) {
        this.headers = headers;
        this.problems = problems;
        this.accessLog = accessLog;
    }

    @Override
    protected void doFilterInternal(HttpServletRequest request, HttpServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        long begin = System.nanoTime();
        String id = RequestId.of(request);
        MDC.put("requestId", id);
        response.setHeader(RequestId.HEADER, id);
        try {
            serve(request, headers.on(response), chain);
        } finally {
            accessLog.finished(request, response, begin);
            MDC.remove("requestId");
        }
    }

    /** No text of ours ever holds one, and Postgres has no place for it. */
    private static void refuseNul(HttpServletRequest request) {
        String query = request.getQueryString();
        if (query != null && (query.contains("%00") || query.indexOf('\0') >= 0)) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "A parameter holds the character NUL.");
        }
    }

    private void serve(HttpServletRequest request, HttpServletResponse response, FilterChain chain) throws IOException {
        try {
            refuseNul(request);
            boolean upload = request.getRequestURI().startsWith(UPLOADS);
            if (!upload && request.getContentLengthLong() > BodyLimit.LIMIT) {
                throw new BodyTooLargeException(BodyLimit.LIMIT);
            }
            chain.doFilter(upload ? request : new BodyLimit(request), response);
        } catch (IOException | ServletException | RuntimeException thrown) {
            Throwable cause =
                    thrown instanceof ServletException && thrown.getCause() != null ? thrown.getCause() : thrown;
            Failure failure = ProblemMapping.of(cause);
            if (!response.isCommitted()) {
                ProblemAdvice.log(failure, cause);
            }
            problems.write(request, response, failure);
        }
    }
}

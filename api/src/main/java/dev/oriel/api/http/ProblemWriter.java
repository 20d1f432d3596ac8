package dev.oriel.api.http;

import dev.oriel.api.http.ProblemMapping.Failure;
import dev.oriel.core.error.Problem;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.thymeleaf.ITemplateEngine;
import org.thymeleaf.context.Context;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a failure as {@code application/problem+json}, or as a page for somebody who opened an address in a browser.
 * The only place that does, for controllers, filters and the container alike. Thread-safe.
 */
@Component
class ProblemWriter {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemWriter.class);
    /** A member of this name becomes the header {@code Retry-After}, in seconds. */
    private static final String RETRY_AFTER = "retryAfter";

    /** The newest styles: this page must not depend on anything that may be what failed. */
    private static final String ASSETS = "/static/current";

    private static final int DEFAULT_RETRY_SECONDS = 2;

    private final JsonMapper json;
    private final ITemplateEngine pages;

    ProblemWriter(JsonMapper json, ITemplateEngine pages) {
        this.json = json;
        this.pages = pages;
    }

    /** Does nothing but log when the answer has begun: the client sees it end early. */
    void write(HttpServletRequest request, HttpServletResponse response, Failure failure) throws IOException {
        if (response.isCommitted()) {
            return;
        }
        response.resetBuffer();
        response.setStatus(failure.code().status());
        failure.headers().forEach(response::setHeader);
        retryAfter(response, failure);
        Map<String, Object> body =
                Problem.body(failure.code(), failure.detail(), RequestId.of(request), failure.extra());
        if (wantsPage(request)) {
            writePage(response, body);
        } else {
            response.setContentType(Problem.MEDIA_TYPE);
            response.getOutputStream().write(json.writeValueAsBytes(body));
        }
    }

    private static void retryAfter(HttpServletResponse response, Failure failure) {
        if (failure.extra().get(RETRY_AFTER) instanceof Number seconds) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Long.toString(seconds.longValue()));
        } else if (failure.code().status() == 503 || failure.code().status() == 429) {
            response.setHeader(HttpHeaders.RETRY_AFTER, Integer.toString(DEFAULT_RETRY_SECONDS));
        }
    }

    private void writePage(HttpServletResponse response, Map<String, Object> body) throws IOException {
        String page;
        try {
            Context context = new Context(Locale.ENGLISH, body);
            context.setVariable("heading", body.get("title"));
            context.setVariable("advice", body.get("detail") + " " + body.get("hint"));
            context.setVariable("assets", ASSETS);
            page = pages.process("error", context);
        } catch (RuntimeException e) {
            LOG.error("The error page cannot be rendered", e);
            page = "<!doctype html><title>Error</title><h1>" + body.get("title") + "</h1>";
        }
        response.setContentType("text/html;charset=UTF-8");
        response.getOutputStream().write(page.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Browsers name {@code text/html} first when somebody opens an address; programs do not. */
    private static boolean wantsPage(HttpServletRequest request) {
        String accept = request.getHeader(HttpHeaders.ACCEPT);
        if (accept == null || !accept.contains("text/html")) {
            return false;
        }
        try {
            List<MediaType> wanted = MediaType.parseMediaTypes(accept);
            return wanted.stream()
                    .filter(type -> type.isCompatibleWith(MediaType.TEXT_HTML)
                            || type.isCompatibleWith(MediaType.APPLICATION_JSON)
                            || type.isCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON))
                    .findFirst()
                    .filter(type -> type.isCompatibleWith(MediaType.TEXT_HTML) && !type.isWildcardType())
                    .isPresent();
        } catch (InvalidMediaTypeException e) {
            return false;
        }
    }
}

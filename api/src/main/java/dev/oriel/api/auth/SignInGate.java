package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import dev.oriel.api.http.Public;
import dev.oriel.api.limit.RateLimits;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.method.HandlerMethod;
import org.springframework.web.servlet.HandlerInterceptor;
import org.springframework.web.servlet.resource.ResourceHttpRequestHandler;

/**
 * Stands before every controller method: signed in (unless {@link Public}), not sent by a foreign page, not too fast, and
 * with a body of the right type. It decides by the method that would run, not by the path, so no spelling of a path
 * gets around it. In this order: a forged token is 401, however often it comes.
 */
@Component
class SignInGate implements HandlerInterceptor {
    private static final Set<String> SAFE_METHODS = Set.of("GET", "HEAD", "OPTIONS", "TRACE");
    private static final String SPRINGDOC = "org.springdoc.";

    private final Callers callers;
    private final CrossSite crossSite;
    private final RateLimits limits;
    private final TeamGate teams;

    SignInGate(Callers callers, CrossSite crossSite, RateLimits limits, TeamGate teams) {
        this.teams = teams;
        this.callers = callers;
        this.crossSite = crossSite;
        this.limits = limits;
    }

    @Override
    public boolean preHandle(HttpServletRequest request, HttpServletResponse response, Object handler) {
        if (request.getDispatcherType() != DispatcherType.REQUEST || handler instanceof ResourceHttpRequestHandler) {
            return true;
        }
        if (!(handler instanceof HandlerMethod method)) {
            if (callers.find(request).isEmpty()) {
                throw Logins.unauthenticated();
            }
            return true;
        }
        if (method.getBeanType().getName().startsWith(SPRINGDOC)) {
            return true;
        }
        Public open = open(method);
        Caller caller = caller(request, method, open);
        boolean changes = !SAFE_METHODS.contains(request.getMethod());
        if (open == null && caller != null) {
            TokenScopes.check(caller, method, changes);
        }
        refuseForeignPages(request, open != null);
        if (open == null || open.rateLimited()) {
            limits.request(request, response, caller);
        }
        refuseOtherBodies(request, method);
        if (open == null && caller != null) {
            callers.actAs(request, teams.acting(caller, request, method, changes));
        }
        return true;
    }

    private static @Nullable Public open(HandlerMethod method) {
        Public onMethod = method.getMethodAnnotation(Public.class);
        return onMethod != null ? onMethod : method.getBeanType().getAnnotation(Public.class);
    }

    /** A public method that does not ask who it is serves a bad token like none. */
    private @Nullable Caller caller(HttpServletRequest request, HandlerMethod method, @Nullable Public open) {
        if (open == null) {
            return callers.find(request).orElseThrow(Logins::unauthenticated);
        }
        boolean asks = Arrays.stream(method.getMethodParameters())
                .anyMatch(
                        parameter -> CallerArgument.isCaller(parameter) || CallerArgument.isOptionalCaller(parameter));
        Optional<Caller> caller = asks ? callers.find(request) : Optional.empty();
        return caller.orElse(null);
    }

    /**
     * Cookies are sent by whatever page caused the request, so it must be ours. Without cookies nothing is at stake but
     * being logged in as somebody else: there a program need not say where it comes from.
     */
    private void refuseForeignPages(HttpServletRequest request, boolean open) {
        if (SAFE_METHODS.contains(request.getMethod()) || Callers.bearer(request) != null) {
            return;
        }
        boolean needsProof = !open || usesRefreshCookie(request);
        CrossSite.Cause cause = crossSite.cause(request);
        if (cause == CrossSite.Cause.FOREIGN_PAGE || (needsProof && cause == CrossSite.Cause.UNSAID)) {
            throw new OrielException(ErrorCode.CROSS_SITE, "This did not come from one of Oriel's own pages.");
        }
    }

    /** Refresh and logout work by cookie alone. */
    private static boolean usesRefreshCookie(HttpServletRequest request) {
        String path = request.getRequestURI();
        boolean byCookie = path.endsWith("/auth/refresh") || path.endsWith("/auth/logout");
        return byCookie
                && (AuthCookies.refresh(request).isPresent()
                        || AuthCookies.access(request).isPresent());
    }

    /** Only what a page of another site cannot send without asking first; methods for files say so themselves. */
    private static void refuseOtherBodies(HttpServletRequest request, HandlerMethod method) {
        boolean hasBody =
                request.getContentLengthLong() > 0 || request.getHeader(HttpHeaders.TRANSFER_ENCODING) != null;
        if (SAFE_METHODS.contains(request.getMethod()) || !hasBody) {
            return;
        }
        RequestMapping mapping = AnnotatedElementUtils.findMergedAnnotation(method.getMethod(), RequestMapping.class);
        if (mapping != null && mapping.consumes().length > 0) {
            return;
        }
        if (!isJson(request.getContentType())) {
            throw new OrielException(
                    ErrorCode.UNSUPPORTED_MEDIA_TYPE, "The body must be " + MediaType.APPLICATION_JSON_VALUE + ".");
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        if (contentType == null) {
            return false;
        }
        int end = contentType.indexOf(';');
        String essence = end < 0 ? contentType : contentType.substring(0, end);
        return essence.strip().equalsIgnoreCase(MediaType.APPLICATION_JSON_VALUE);
    }
}

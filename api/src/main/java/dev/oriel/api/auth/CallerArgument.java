package dev.oriel.api.auth;

import dev.oriel.api.account.Caller;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.stereotype.Component;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;

/** Gives controller methods their {@code Caller} (401 without one) or {@code Optional<Caller>}. */
@Component
class CallerArgument implements HandlerMethodArgumentResolver {
    private final Callers callers;

    CallerArgument(Callers callers) {
        this.callers = callers;
    }

    static boolean isCaller(MethodParameter parameter) {
        return parameter.getParameterType() == Caller.class;
    }

    static boolean isOptionalCaller(MethodParameter parameter) {
        return parameter.getParameterType() == Optional.class
                && parameter.nested().getNestedParameterType() == Caller.class;
    }

    @Override
    public boolean supportsParameter(MethodParameter parameter) {
        return isCaller(parameter) || isOptionalCaller(parameter);
    }

    @Override
    public Object resolveArgument(
            MethodParameter parameter,
            @Nullable ModelAndViewContainer container,
            NativeWebRequest request,
            @Nullable WebDataBinderFactory binders) {
        Optional<Caller> caller =
                callers.find(Objects.requireNonNull(request.getNativeRequest(HttpServletRequest.class)));
        return isOptionalCaller(parameter) ? caller : caller.orElseThrow(Logins::unauthenticated);
    }
}

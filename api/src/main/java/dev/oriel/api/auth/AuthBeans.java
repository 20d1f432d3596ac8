package dev.oriel.api.auth;

import java.util.List;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Puts the gate before all controllers and callers into their arguments. */
@Configuration(proxyBeanMethods = false)
class AuthBeans implements WebMvcConfigurer {
    private final SignInGate gate;
    private final CallerArgument callers;

    AuthBeans(SignInGate gate, CallerArgument callers) {
        this.gate = gate;
        this.callers = callers;
    }

    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(gate);
    }

    @Override
    public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(callers);
    }
}

package dev.oriel.it;

import java.time.Duration;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * One {@code ./oriel up} with real QEMU for all suites that do not stop or break it: started by the first that asks,
 * stopped (and its end checked) after the last.
 */
final class SharedOriel implements ParameterResolver {
    private static final String KEY = "shared oriel";
    /** Building the desktop image from nothing takes minutes on two cores. */
    static final Duration TEMPLATE_LIMIT = Duration.ofMinutes(20);

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == RunningOriel.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getRoot()
                .getStore(ExtensionContext.Namespace.GLOBAL)
                .computeIfAbsent(KEY, key -> RunningOriel.start(RunningOriel.newData("shared")), RunningOriel.class);
    }
}

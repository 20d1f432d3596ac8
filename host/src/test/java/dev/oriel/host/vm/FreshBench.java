package dev.oriel.host.vm;

import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** Gives the constructor of a test class a {@link HostBench}: each test its own, closed when that test is over. */
final class FreshBench implements ParameterResolver {
    private static final Namespace HERE = Namespace.create(FreshBench.class);

    private final Map<String, String> settings;

    /** Benches with the settings that all have. */
    FreshBench() {
        this(Map.of());
    }

    /** @param settings of the hosts, beside those that all have */
    FreshBench(Map<String, String> settings) {
        this.settings = settings;
    }

    @Override
    public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
        return ExtensionContextScope.TEST_METHOD;
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == HostBench.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return context.getStore(HERE).computeIfAbsent(HostBench.class, _ -> open(), HostBench.class);
    }

    private HostBench open() {
        try {
            return new HostBench(false, settings);
        } catch (IOException e) {
            throw new ParameterResolutionException("no host to test", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ParameterResolutionException("no host to test", e);
        }
    }
}

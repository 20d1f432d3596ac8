package dev.oriel.api;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.context.logging.LoggingApplicationListener;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.StandardEnvironment;

/**
 * A running API service. It is told everything by {@link ApiConfig}: neither environment variables nor files on the
 * class path change it. Thread-safe.
 */
public final class ApiServer implements AutoCloseable {
    private final ConfigurableApplicationContext context;
    private final int port;

    private ApiServer(ConfigurableApplicationContext context) {
        this.context = context;
        this.port = Objects.requireNonNull(((WebServerApplicationContext) context).getWebServer())
                .getPort();
    }

    /**
     * Migrates the database and serves.
     *
     * @throws RuntimeException when Postgres does not answer or the port is taken; Redis may come later
     */
    public static ApiServer start(ApiConfig config) {
        SpringApplication application = new SpringApplication(ApiApplication.class);
        application.setWebApplicationType(WebApplicationType.SERVLET);
        application.setEnvironment(new ConfiguredEnvironment(springProperties(config)));
        application.setRegisterShutdownHook(false);
        application.setLogStartupInfo(false);
        // Where log lines go is the business of the process, which may hold other roles too.
        application.setListeners(application.getListeners().stream()
                .filter(listener -> !(listener instanceof LoggingApplicationListener))
                .toList());
        bridgeLogs();
        application.addInitializers(context ->
                ((GenericApplicationContext) context).registerBean("apiConfig", ApiConfig.class, () -> config));
        return new ApiServer(application.run());
    }

    /** Tomcat's own logger joins the others; the ones that report each wrong address of a visitor fall silent. */
    private static void bridgeLogs() {
        SLF4JBridgeHandler.removeHandlersForRootLogger();
        SLF4JBridgeHandler.install();
        atMost("org.springframework.web.servlet.PageNotFound", Level.ERROR);
        atMost("org.springdoc", Level.ERROR);
        // All that it says is in the answer.
        atMost("me.desair.tus", Level.OFF);
    }

    private static void atMost(String name, Level level) {
        if (LoggerFactory.getLogger(name) instanceof Logger logger) {
            logger.setLevel(level);
        }
    }

    /** The port it listens on, also when the configuration said 0. */
    public int port() {
        return port;
    }

    /** The beans, for tests that look inside. */
    ApplicationContext context() {
        return context;
    }

    /** Lets requests finish for up to 10 s, then stops. */
    @Override
    public void close() {
        context.close();
    }

    private static Map<String, Object> springProperties(ApiConfig config) {
        Map<String, Object> properties = new LinkedHashMap<>();
        properties.put("spring.application.name", "oriel-api");
        properties.put("spring.main.banner-mode", "off");
        properties.put("spring.config.location", "optional:classpath:/no-configuration-files/");
        properties.put("spring.threads.virtual.enabled", true);
        properties.put("spring.lifecycle.timeout-per-shutdown-phase", "10s");
        web(config, properties);
        stores(config, properties);
        management(properties);
        return properties;
    }

    private static void web(ApiConfig config, Map<String, Object> properties) {
        properties.put("server.address", config.listen());
        properties.put("server.port", config.port());
        properties.put("server.shutdown", "graceful");
        properties.put("server.forward-headers-strategy", "none");
        properties.put("server.max-http-request-header-size", "16KB");
        properties.put("server.tomcat.connection-timeout", "20s");
        properties.put("server.tomcat.keep-alive-timeout", "75s");
        // An answered request whose body is still coming is cut instead of read to its end.
        properties.put("server.tomcat.max-swallow-size", "1MB");
        // Uploads are streamed by their own resource, never spooled by the container.
        properties.put("spring.servlet.multipart.enabled", false);
        properties.put("spring.web.resources.add-mappings", false);
        properties.put("spring.mvc.log-resolved-exception", false);
        properties.put("spring.thymeleaf.check-template-location", false);
    }

    private static void stores(ApiConfig config, Map<String, Object> properties) {
        properties.put("spring.datasource.url", config.database().url());
        properties.put("spring.datasource.username", config.database().user());
        properties.put("spring.datasource.password", config.database().password());
        properties.put("spring.datasource.hikari.maximum-pool-size", 16);
        // A crowd that comes at once must not wait for the pool to grow: that takes longer than the limit below.
        properties.put("spring.datasource.hikari.minimum-idle", 8);
        // A database that does not answer becomes a 503 soon, not a hanging page.
        properties.put("spring.datasource.hikari.connection-timeout", 1000);
        properties.put("spring.datasource.hikari.validation-timeout", 500);
        properties.put("spring.datasource.hikari.initialization-fail-timeout", 10_000);
        properties.put("spring.datasource.hikari.data-source-properties.connectTimeout", 1);
        properties.put("spring.datasource.hikari.data-source-properties.socketTimeout", 2);
        properties.put("spring.datasource.hikari.data-source-properties.ApplicationName", "oriel-api");
        // What is asked often finds its rows by an index, whatever its parameters: planned once for each connection.
        properties.put("spring.datasource.hikari.connection-init-sql", "SET plan_cache_mode = force_generic_plan");
        // Migrations have a connection of their own, without that deadline.
        properties.put("spring.flyway.url", config.database().url());
        properties.put("spring.flyway.user", config.database().user());
        properties.put("spring.flyway.password", config.database().password());
        // Parts of Oriel number their migrations in ranges of their own: a lower one may come later.
        properties.put("spring.flyway.out-of-order", true);
        properties.put("spring.data.redis.url", config.redisUrl());
        properties.put("spring.data.redis.timeout", "1500ms");
        properties.put("spring.data.redis.connect-timeout", "1s");
        properties.put("spring.data.redis.repositories.enabled", false);
        // A span for every command, which nobody collects.
        properties.put(
                "spring.autoconfigure.exclude",
                "org.springframework.boot.data.redis.autoconfigure.observation.LettuceObservationAutoConfiguration");
    }

    /** Health and metrics have resources of their own: Spring's management endpoints stay off. */
    private static void management(Map<String, Object> properties) {
        properties.put("management.endpoints.access.default", "none");
        properties.put("springdoc.api-docs.path", "/openapi.json");
        properties.put("springdoc.override-with-generic-response", false);
        properties.put("springdoc.default-produces-media-type", "application/json");
        properties.put("springdoc.paths-to-exclude", "/pages/**,/error");
    }

    /** Spring's environment without the process's environment variables and system properties. */
    private static final class ConfiguredEnvironment extends StandardEnvironment {
        ConfiguredEnvironment(Map<String, Object> properties) {
            getPropertySources().addFirst(new MapPropertySource("oriel", properties));
        }

        @Override
        protected void customizePropertySources(MutablePropertySources sources) {
            // Nothing: see the class.
        }
    }
}

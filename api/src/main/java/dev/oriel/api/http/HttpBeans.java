package dev.oriel.api.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.api.ApiConfig;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.servlet.config.annotation.InterceptorRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.type.LogicalType;

/** How JSON is read and written, and how Tomcat reports what never reached a controller. */
@Configuration(proxyBeanMethods = false)
class HttpBeans implements WebMvcConfigurer {
    private static final int READ_BUFFER = 64 << 10;

    /**
     * As strict as between our own processes and more: a number is not taken for a text, a fraction not for the whole
     * number before it, nor a number for the place of a word in a list that nobody outside knows. Answers show empty
     * members as {@code null}, so they are seen.
     */
    @Bean
    JsonMapper jsonMapper() {
        return OrielJson.mapper()
                .rebuild()
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
                .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
                .addModule(new SimpleModule("whole texts").addDeserializer(String.class, new WholeText()))
                .withCoercionConfig(
                        LogicalType.Textual,
                        texts -> texts.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                                .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
                .changeDefaultPropertyInclusion(value -> value.withValueInclusion(JsonInclude.Include.ALWAYS))
                .build();
    }

    /** Files come through here, from a front door that keeps few connections. */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> largeReads() {
        return factory -> factory.addConnectorCustomizers(connector -> {
            connector.setProperty("socket.appReadBufSize", Integer.toString(READ_BUFFER));
            connector.setProperty("socket.appWriteBufSize", Integer.toString(SecurityHeaders.BUFFER));
        });
    }

    /**
     * Tomcat keeps nothing in its directories, but wants them. Always the same ones: one of a fresh name in the system's
     * place for temporary files would stay there after each kill.
     */
    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> ownDirectories(ApiConfig config) {
        Path base = config.uploads().resolve("tomcat").toAbsolutePath();
        return factory -> {
            try {
                factory.setDocumentRoot(
                        Files.createDirectories(base.resolve("documents")).toFile());
            } catch (IOException e) {
                throw new UncheckedIOException("the upload directory cannot be made", e);
            }
            factory.setBaseDirectory(base.toFile());
        };
    }

    /** After whoever must not ask at all is sent away. */
    @Override
    public void addInterceptors(InterceptorRegistry registry) {
        registry.addInterceptor(new UnreadBody()).order(1);
    }

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsFromTomcat() {
        return factory -> factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ProblemReportValve.class.getName());
            }
        });
    }
}

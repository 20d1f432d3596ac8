package dev.oriel.api.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.core.json.OrielJson;
import org.apache.catalina.core.StandardHost;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/** How JSON is read and written, and how Tomcat reports what never reached a controller. */
@Configuration(proxyBeanMethods = false)
class HttpBeans {
    private static final int READ_BUFFER = 64 << 10;

    /** As strict as between our own processes; but answers show empty members as {@code null}, so they are seen. */
    @Bean
    JsonMapper jsonMapper() {
        return OrielJson.mapper()
                .rebuild()
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

    @Bean
    WebServerFactoryCustomizer<TomcatServletWebServerFactory> problemsFromTomcat() {
        return factory -> factory.addContextCustomizers(context -> {
            if (context.getParent() instanceof StandardHost host) {
                host.setErrorReportValveClass(ProblemReportValve.class.getName());
            }
        });
    }
}

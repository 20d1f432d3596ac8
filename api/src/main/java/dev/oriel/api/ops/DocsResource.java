package dev.oriel.api.ops;

import dev.oriel.api.http.Public;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import io.swagger.v3.oas.annotations.Hidden;
import java.net.URL;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.springframework.core.io.Resource;
import org.springframework.core.io.UrlResource;
import org.springframework.http.CacheControl;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;

/** {@code /docs}: Swagger UI over {@code /openapi.json}, from this process and without a line of inline script. */
@Controller
@Public
@Hidden
class DocsResource {
    private static final String SWAGGER = "/META-INF/resources/webjars/swagger-ui/";
    private static final MediaType JAVASCRIPT = MediaType.parseMediaType("text/javascript;charset=UTF-8");
    private static final MediaType CSS = MediaType.parseMediaType("text/css;charset=UTF-8");
    private static final MediaType HTML = MediaType.parseMediaType("text/html;charset=UTF-8");
    private static final Duration KEPT = Duration.ofHours(1);

    private final Map<String, Asset> assets = new HashMap<>();

    private record Asset(Resource content, MediaType type) {}

    DocsResource() {
        String swagger = SWAGGER + swaggerVersion() + "/";
        assets.put("swagger-ui.css", new Asset(resource(swagger + "swagger-ui.css"), CSS));
        assets.put("swagger-ui-bundle.js", new Asset(resource(swagger + "swagger-ui-bundle.js"), JAVASCRIPT));
        assets.put("docs.js", new Asset(resource("/dev/oriel/api/ops/docs.js"), JAVASCRIPT));
        assets.put("docs.css", new Asset(resource("/dev/oriel/api/ops/docs.css"), CSS));
        assets.put("icon.svg", new Asset(resource("/dev/oriel/api/ops/icon.svg"), MediaType.valueOf("image/svg+xml")));
        assets.put("index.html", new Asset(resource("/dev/oriel/api/ops/docs.html"), HTML));
    }

    @GetMapping({"/docs", "/docs/"})
    ResponseEntity<Resource> page() {
        return asset("index.html");
    }

    @GetMapping("/docs/{name}")
    ResponseEntity<Resource> asset(@PathVariable("name") String name) {
        Asset asset = assets.get(name);
        if (asset == null) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is nothing here.");
        }
        return ResponseEntity.ok()
                .contentType(asset.type())
                .cacheControl(CacheControl.maxAge(KEPT).cachePublic())
                .body(asset.content());
    }

    private static Resource resource(String path) {
        URL url = DocsResource.class.getResource(path);
        if (url == null) {
            throw new IllegalStateException(path + " is missing on the class path");
        }
        return new UrlResource(url);
    }

    /** Swagger UI's jar has its version in its paths, and tells it in its Maven metadata. */
    private static String swaggerVersion() {
        java.util.Properties properties = new java.util.Properties();
        String path = "/META-INF/maven/org.webjars/swagger-ui/pom.properties";
        try (java.io.InputStream in = DocsResource.class.getResourceAsStream(path)) {
            properties.load(java.util.Objects.requireNonNull(in, path));
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }
}

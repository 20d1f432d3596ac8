package dev.oriel.api.page;

import java.time.Duration;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.CacheControl;
import org.springframework.web.servlet.config.annotation.ResourceHandlerRegistry;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Serves {@code /static} where no Nginx does. What has a name made from its content is cached for good. */
@Configuration(proxyBeanMethods = false)
class AssetFiles implements WebMvcConfigurer {
    private static final Duration FOR_GOOD = Duration.ofDays(365);

    private final Assets assets;

    AssetFiles(Assets assets) {
        this.assets = assets;
    }

    @Override
    public void addResourceHandlers(ResourceHandlerRegistry registry) {
        assets.directory().ifPresent(directory -> {
            String location = directory.toUri().toString();
            registry.addResourceHandler("/static/{version:[0-9a-f]{12}}/**")
                    .addResourceLocations(location)
                    .setCacheControl(CacheControl.maxAge(FOR_GOOD).cachePublic().immutable());
            registry.addResourceHandler("/static/**")
                    .addResourceLocations(location)
                    .setCacheControl(CacheControl.noCache());
        });
    }
}

package dev.oriel.app.up;

import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/** Tells on the terminal how the guest templates come along, until all are ready or have failed. */
final class TemplateWatch {
    private static final Logger LOG = LoggerFactory.getLogger(TemplateWatch.class);
    private static final long PAUSE_MILLIS = 1000;
    private static final int LIMIT_MILLIS = 3000;
    private static final int NAME_WIDTH = 12;
    private static final int COARSE = 10;

    private final int port;
    private final String secret;
    private final Progress progress;
    private final Map<String, String> said = new HashMap<>();

    TemplateWatch(int port, String secret, Progress progress) {
        this.port = port;
        this.secret = secret;
        this.progress = progress;
    }

    /** Watches on a thread of its own, which ends with the builds or by interruption. */
    Thread start() {
        return Thread.ofVirtual().name("templates").start(this::watch);
    }

    private void watch() {
        boolean building = true;
        while (building && !Thread.currentThread().isInterrupted()) {
            building = look();
            synchronized (said) {
                try {
                    said.wait(PAUSE_MILLIS);
                } catch (InterruptedException e) {
                    return;
                }
            }
        }
    }

    /** Returns whether there is more to come. */
    private boolean look() {
        try {
            boolean building = false;
            for (TemplateStatus template : ask()) {
                building |= !template.ready() && !template.failed();
                tell(template);
            }
            return building;
        } catch (IOException | JacksonException e) {
            // The VM Manager restarts, perhaps: it is asked again.
            LOG.debug("the VM Manager does not list its templates", e);
            return true;
        }
    }

    private void tell(TemplateStatus template) {
        String name = template.name().toString();
        String news = news(template);
        String before = said.put(name, milestone(template, news));
        if (before == null && template.ready()) {
            return;
        }
        if (!milestone(template, news).equals(before)) {
            progress.say("  template " + name + " ".repeat(Math.max(1, NAME_WIDTH - name.length())) + news);
        }
    }

    private static String news(TemplateStatus template) {
        if (template.ready()) {
            return "✓ ready";
        }
        String step = template.step().orElse("waiting");
        return template.failed() ? "✗ " + step : template.progress() + " % " + step;
    }

    /** Two moments with the same milestone are worth one line. */
    private static String milestone(TemplateStatus template, String news) {
        return template.ready() || template.failed()
                ? news
                : template.progress() / COARSE + template.step().orElse("");
    }

    private TemplateStatus[] ask() throws IOException {
        HttpURLConnection connection = (HttpURLConnection) URI.create("http://127.0.0.1:" + port + HostPaths.TEMPLATES)
                .toURL()
                .openConnection();
        connection.setConnectTimeout(LIMIT_MILLIS);
        connection.setReadTimeout(LIMIT_MILLIS);
        connection.setRequestProperty("Authorization", "Bearer " + secret);
        try (InputStream body = connection.getInputStream()) {
            return OrielJson.mapper().readValue(body, TemplateStatus[].class);
        }
    }
}

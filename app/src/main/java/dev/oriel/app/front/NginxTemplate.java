package dev.oriel.app.front;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Renders {@code deploy/nginx} for one {@link Site}. Immutable. */
final class NginxTemplate {
    private static final Pattern NAME = Pattern.compile("@([A-Z][A-Z_]*)@");
    private static final Pattern IP_LITERAL = Pattern.compile("[0-9.]+|\\[.*]");
    private static final long UPLOAD_SLACK = 1 << 20;

    private final Path templates;

    NginxTemplate(Path templates) {
        this.templates = templates;
    }

    /** The whole configuration; {@code html} holds its own pages, {@code state} is what it may write to. */
    String render(Site site, Path html, Path state, Path log) {
        Map<String, String> values = new HashMap<>();
        values.put("STATE", state.toString());
        values.put("LOG", log.toString());
        values.put("LISTEN", site.listen().contains(":") ? "[" + site.listen() + "]" : site.listen());
        values.put("PORT", Integer.toString(site.port()));
        values.put("PUBLIC_URL", site.publicUrl().toString());
        values.put("API_PORT", Integer.toString(site.apiPort()));
        values.put("WWW", site.www().toString());
        values.put("HTML", html.toString());
        values.put("CERTIFICATE", site.certificate().toString());
        values.put("CERTIFICATE_KEY", site.key().toString());
        values.put("METRICS_TOKEN", site.metricsToken());
        values.put("HSTS", hsts(site));
        values.put("PROBLEM", fill(read("problem.conf.template"), values).stripTrailing());
        values.put("PAGE", fill(read("page.conf.template"), values).stripTrailing());
        limits(site.limits(), values);
        values.put("REDIRECT", redirect(site, values));
        values.put("UPSTREAMS", perHost("upstream.conf.template", site, values));
        values.put("CONSOLES", perHost("consoles.conf.template", site, values));
        return fill(read("oriel.conf.template"), values);
    }

    private static void limits(Site.Limits limits, Map<String, String> values) {
        values.put("REQUESTS_PER_SECOND", Integer.toString(limits.requestsPerSecond()));
        values.put("REQUEST_BURST", Integer.toString(limits.requestBurst()));
        values.put("CONSOLES_PER_SECOND", Integer.toString(limits.consolesPerSecond()));
        values.put("CONSOLE_BURST", Integer.toString(limits.consoleBurst()));
        // The API knows the exact limit; what is far beyond it is refused before it is sent.
        values.put("UPLOAD_LIMIT", Long.toString(limits.uploadBytes() + UPLOAD_SLACK));
    }

    private String redirect(Site site, Map<String, String> values) {
        if (site.httpPort().isEmpty()) {
            return "";
        }
        Map<String, String> more = new HashMap<>(values);
        more.put("HTTP_PORT", Integer.toString(site.httpPort().getAsInt()));
        return fill(read("redirect.conf.template"), more);
    }

    private String perHost(String file, Site site, Map<String, String> values) {
        StringBuilder all = new StringBuilder();
        new TreeMap<>(site.gateways()).forEach((host, port) -> {
            Map<String, String> more = new HashMap<>(values);
            more.put("HOST", host);
            more.put("GATEWAY_PORT", Integer.toString(port));
            all.append(fill(read(file), more));
        });
        return all.toString();
    }

    /** Browsers must not remember HTTPS for names that other programs of this machine share. */
    private static String hsts(Site site) {
        String host = site.publicUrl().getHost();
        if (host == null || host.equals("localhost") || IP_LITERAL.matcher(host).matches()) {
            return "";
        }
        return "        add_header Strict-Transport-Security \"max-age=31536000\" always;\n";
    }

    private String read(String file) {
        try {
            return Files.readString(templates.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String fill(String template, Map<String, String> values) {
        return NAME.matcher(template).replaceAll(match -> {
            String value = values.get(match.group(1));
            if (value == null) {
                throw new IllegalStateException("the Nginx template asks for an unknown " + match.group());
            }
            return Matcher.quoteReplacement(value);
        });
    }
}

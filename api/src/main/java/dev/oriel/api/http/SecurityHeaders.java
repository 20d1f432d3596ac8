package dev.oriel.api.http;

import dev.oriel.api.ApiConfig;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Component;

/** The headers that every answer carries against clickjacking, sniffing, injected scripts and leaking addresses. */
@Component
class SecurityHeaders {
    private final Map<String, String> headers;

    SecurityHeaders(ApiConfig config) {
        headers = headers(config.publicUrl());
    }

    void add(HttpServletResponse response) {
        headers.forEach(response::setHeader);
    }

    static Map<String, String> headers(URI publicUrl) {
        String webSocket = publicUrl.toString().replaceFirst("^http", "ws");
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put(
                "Content-Security-Policy",
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
                        + "connect-src 'self' " + webSocket + "; manifest-src 'self'; form-action 'self'; "
                        + "frame-ancestors 'none'; base-uri 'none'");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("X-Frame-Options", "DENY");
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        // Not no-referrer: that would make browsers send "Origin: null" with our own forms.
        headers.put("Referrer-Policy", "same-origin");
        headers.put("Permissions-Policy", "camera=(), geolocation=(), microphone=()");
        // Answers are about one person; what may be kept says so itself.
        headers.put("Cache-Control", "no-store");
        return headers;
    }
}

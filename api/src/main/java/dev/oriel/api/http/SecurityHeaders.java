package dev.oriel.api.http;

import dev.oriel.api.ApiConfig;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.http.MediaType;
import org.springframework.stereotype.Component;

/** The headers that every answer carries against clickjacking, sniffing, injected scripts and leaking addresses. */
@Component
class SecurityHeaders {
    /** A page of a list, mostly. */
    static final int BUFFER = 32 << 10;

    private final Map<String, String> headers;

    SecurityHeaders(ApiConfig config) {
        headers = headers(config.publicUrl());
    }

    /**
     * Sets them on {@code response}. Spring adds a controller's headers to those that are there; in the answer given
     * back here, a controller's own {@code Cache-Control} or policy takes the place of ours instead.
     */
    HttpServletResponse on(HttpServletResponse response) {
        headers.forEach(response::setHeader);
        response.setBufferSize(BUFFER);
        return new HttpServletResponseWrapper(response) {
            // Whoever writes JSON flushes it when it is whole, and its end would follow in a packet of its own. Left
            // alone it goes out in one piece, with its length.
            @Override
            public void flushBuffer() throws IOException {
                String type = getContentType();
                if (type == null || !type.startsWith(MediaType.APPLICATION_JSON_VALUE)) {
                    super.flushBuffer();
                }
            }

            @Override
            public void addHeader(String name, String value) {
                String ours = headers.get(name);
                if (ours != null && ours.equals(getHeader(name))) {
                    setHeader(name, value);
                } else {
                    super.addHeader(name, value);
                }
            }
        };
    }

    static Map<String, String> headers(URI publicUrl) {
        String webSocket = publicUrl.toString().replaceFirst("^http", "ws");
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
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

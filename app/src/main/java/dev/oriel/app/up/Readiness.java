package dev.oriel.app.up;

import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.Deadline;
import dev.oriel.app.tls.TrustedAuthority;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;

/** Asks servers whether they are ready. */
final class Readiness {
    private static final int LIMIT_MILLIS = 3000;
    private static final int OK = 200;
    private static final int ANSWER_LIMIT = 4096;

    private Readiness() {}

    /**
     * Waits until {@code address} answers 200.
     *
     * @throws ChildFailure with the last answer when it does not in time
     */
    static void await(String name, URI address, Duration limit) {
        await(name, address, Optional.empty(), limit);
    }

    /** The same over TLS, trusting the authority in {@code ca} and no other. */
    static void awaitSecure(String name, URI address, Path ca, Duration limit) {
        await(name, address, Optional.of(trusting(ca)), limit);
    }

    private static void await(String name, URI address, Optional<SSLSocketFactory> trusting, Duration limit) {
        String[] last = {"no answer"};
        boolean ready = Deadline.in(limit).await(() -> {
            last[0] = ask(address, trusting);
            return last[0].isEmpty();
        });
        if (!ready) {
            throw new ChildFailure(name + " is not ready after " + limit.toSeconds() + " s: " + last[0]);
        }
    }

    /** Empty when the answer is 200; else what it was. */
    private static String ask(URI address, Optional<SSLSocketFactory> trusting) {
        try {
            HttpURLConnection connection = (HttpURLConnection) address.toURL().openConnection();
            if (connection instanceof HttpsURLConnection secure) {
                trusting.ifPresent(secure::setSSLSocketFactory);
            }
            connection.setConnectTimeout(LIMIT_MILLIS);
            connection.setReadTimeout(LIMIT_MILLIS);
            int status = connection.getResponseCode();
            try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
                String text = body == null ? "" : new String(body.readNBytes(ANSWER_LIMIT), StandardCharsets.UTF_8);
                return status == OK ? "" : status + " " + text.strip();
            }
        } catch (IOException e) {
            return e.toString();
        }
    }

    private static SSLSocketFactory trusting(Path ca) {
        try {
            return TrustedAuthority.context(ca).getSocketFactory();
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalStateException("the certificate authority in " + ca + " is not readable", e);
        }
    }
}

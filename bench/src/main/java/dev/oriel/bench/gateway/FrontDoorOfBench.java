package dev.oriel.bench.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/** Nginx with TLS before the gateway, with the buffers of {@code deploy/nginx}, and before websockify, with its defaults. */
record FrontDoorOfBench(Path directory, String config, int gatewayPort, int websockifyPort) {
    private static final Pattern BUFFERS = Pattern.compile("(?m)^\\s*proxy_(buffer|busy)[a-z_]* [^;]*;$");

    static FrontDoorOfBench prepare(
            Path home, Path directory, int gatewayPort, int websockifyPort, Bridge gateway, Optional<Bridge> websockify)
            throws IOException {
        String tuned = tuning(Files.readString(home.resolve("deploy/nginx/consoles.conf.template")));
        StringBuilder servers = new StringBuilder(server(gatewayPort, gateway.port(), tuned));
        websockify.ifPresent(behind -> servers.append(server(websockifyPort, behind.port(), "")));
        Path config = Files.writeString(directory.resolve("nginx.conf"), """
                daemon off;
                pid %1$s/nginx.pid;
                error_log %1$s/nginx-error.log warn;
                worker_processes 1;
                worker_rlimit_nofile 16384;
                events { worker_connections 8000; }
                http {
                  access_log off;
                  tcp_nodelay on;
                  client_body_temp_path %1$s/t1; proxy_temp_path %1$s/t2; fastcgi_temp_path %1$s/t3;
                  uwsgi_temp_path %1$s/t4; scgi_temp_path %1$s/t5;
                  ssl_certificate %1$s/cert.pem;
                  ssl_certificate_key %1$s/key.pem;
                  ssl_protocols TLSv1.2 TLSv1.3;
                %2$s}
                """.formatted(directory, servers));
        return new FrontDoorOfBench(directory, config.toString(), gatewayPort, websockifyPort);
    }

    /** The lines about buffers: they are what is measured here. */
    private static String tuning(String template) {
        StringBuilder lines = new StringBuilder();
        Matcher matcher = BUFFERS.matcher(template);
        while (matcher.find()) {
            lines.append(matcher.group().strip()).append(' ');
        }
        return lines.toString();
    }

    private static String server(int port, int behind, String more) {
        return """
                  server {
                    listen 127.0.0.1:%d ssl;
                    location / {
                      proxy_http_version 1.1;
                      proxy_set_header Upgrade $http_upgrade;
                      proxy_set_header Connection upgrade;
                      proxy_read_timeout 1h;
                      %s
                      proxy_pass http://127.0.0.1:%d;
                    }
                  }
                """.formatted(port, more, behind);
    }

    List<String> certificateCommand() {
        return List.of(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:prime256v1",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=localhost",
                "-keyout",
                directory.resolve("key.pem").toString(),
                "-out",
                directory.resolve("cert.pem").toString());
    }

    /** Sockets that trust this certificate and no other. */
    SSLSocketFactory trusting() {
        try (InputStream pem = Files.newInputStream(directory.resolve("cert.pem"))) {
            KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
            store.load(null, null);
            store.setCertificateEntry(
                    "bench", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context.getSocketFactory();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}

package dev.oriel.app.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.oriel.app.child.Children;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.PortPlan;
import dev.oriel.app.data.TestPlace;
import dev.oriel.app.tls.Certificates;
import dev.oriel.app.tls.ServerNames;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Clock;
import java.util.Map;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The rendered {@code deploy/nginx} in a real Nginx, in front of a server that tells what it got. */
class FrontDoorIT {
    private static final Path TEMPLATES = Path.of("../deploy/nginx").toAbsolutePath();

    private static final Site.Limits PLENTY = new Site.Limits(1000, 1000, 20, 200, 1 << 20);

    private static final Pattern REQUEST_ID = Pattern.compile("\r\nX-Request-Id: ([0-9a-f]{32})\r\n");

    /** As Chromium asks for a page. */
    private static final String BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

    @TempDir
    Path temporary;

    private DataDirectory data;
    private Children children;
    private HttpServer api;
    private HttpClient client;
    private Site site;

    @BeforeEach
    void open() throws Exception {
        data = TestPlace.open(temporary);
        children = new Children(data.resolve("run/child"));
        api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        api.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] told = (exchange.getRequestURI() + "\n"
                            + exchange.getRequestHeaders().get("X-forwarded-for") + "\n"
                            + exchange.getRequestHeaders().get("X-forwarded-proto") + "\n"
                            + exchange.getRequestHeaders().get("Authorization"))
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, told.length);
            exchange.getResponseBody().write(told);
            exchange.close();
        });
        api.start();
        Path www = Files.createDirectories(data.resolve("www/static/0123456789ab/js"));
        Files.writeString(www.resolve("api.js"), "export {}");
        Files.writeString(data.resolve("www/static/version"), "0123456789ab");
        Certificates certificates = new Certificates(data.resolve("tls"), data.resolve("keys"), Clock.systemUTC());
        site = plan(certificates);
        certificates.ensure(ServerNames.of("127.0.0.1", site.publicUrl()));
        client = HttpClient.newBuilder().sslContext(trusting(certificates.ca())).build();
    }

    @AfterEach
    void close() {
        children.close();
        api.stop(0);
        data.close();
    }

    @Test
    void apiPrefix_isRemoved_andForwardedHeadersAreOurs() throws Exception {
        start(PLENTY);
        String told = get("/api/vm?x=1", "X-Forwarded-For", "6.6.6.6").body();
        assertThat(told).startsWith("/vm?x=1\n[127.0.0.1]\n[https]");
        assertThat(get("/pages/login").body()).startsWith("/pages/login\n");
        assertThat(get("/openapi.json").body()).startsWith("/openapi.json\n");
        assertThat(get("/").statusCode()).isEqualTo(302);
        assertThat(get("/vm").statusCode()).isEqualTo(404);
        assertThat(get("/vm").headers().firstValue("content-type")).contains("application/problem+json");
        assertThat(get("/vm").headers().firstValue("server")).contains("nginx");
    }

    @Test
    void metrics_areThereOnlyWithTheCredential() throws Exception {
        start(PLENTY);
        for (String path : new String[] {"/metrics", "/api/metrics", "/api//metrics", "/api/%6detrics"}) {
            assertThat(get(path).statusCode()).as(path).isEqualTo(404);
            assertThat(get(path, "Authorization", "Bearer wrong").statusCode())
                    .as(path)
                    .isEqualTo(404);
        }
        HttpResponse<String> allowed = get("/api/metrics", "Authorization", "Bearer metrics-token-of-this-test");
        assertThat(allowed.statusCode()).isEqualTo(200);
        assertThat(allowed.body()).startsWith("/metrics").endsWith("null");
    }

    @Test
    void staticFiles_areCachedForever_onlyUnderTheirVersion() throws Exception {
        start(PLENTY);
        assertThat(get("/static/0123456789ab/js/api.js").headers().firstValue("cache-control"))
                .hasValueSatisfying(value -> assertThat(value).contains("immutable"));
        assertThat(get("/static/version?v=2").headers().firstValue("cache-control"))
                .hasValueSatisfying(value -> assertThat(value).contains("immutable"));
        assertThat(get("/static/version").headers().firstValue("cache-control")).contains("no-cache");
        assertThat(get("/static/../keys/access").statusCode()).isIn(400, 404);
    }

    @Test
    void tooMuch_isAProblemWithRetryAfter() throws Exception {
        start(new Site.Limits(1, 2, 20, 200, 1 << 20));
        HttpResponse<String> refused = get("/api/vm");
        for (int i = 0; i < 10 && refused.statusCode() == 200; i++) {
            refused = get("/api/vm");
        }
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("retry-after")).contains("1");
        assertThat(refused.headers().firstValue("content-type")).contains("application/problem+json");
        assertThat(refused.body()).contains("\"code\":\"rate-limited\"");
    }

    @Test
    void uploads_mayBeLarge_otherBodiesNot() throws Exception {
        start(new Site.Limits(1000, 1000, 20, 200, 3 << 20));
        byte[] body = new byte[3 << 20];
        assertThat(post("/api/post", body).statusCode()).isEqualTo(200);
        HttpResponse<String> refused = post("/api/vm", body);
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(refused.body()).contains("\"code\":\"too-large\"");
        assertThat(post("/api/post", new byte[5 << 20]).statusCode()).isEqualTo(413);
    }

    /** What Nginx answers by itself, before anybody else has seen the request. */
    @Test
    void whatNginxRefuses_isAProblemToo() throws Exception {
        start(PLENTY);
        String end = "Host: localhost\r\nConnection: close\r\n\r\n";
        assertProblem(raw("GET /api/vm HTTP/1.1\r\nConnection: close\r\n\r\n"), 400, "bad-request");
        assertProblem(raw("GET nonsense\r\n\r\n"), 400, "bad-request");
        assertProblem(raw("GET /api/vm HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"), 400, "bad-request");
        assertProblem(raw("GET /../../etc/passwd HTTP/1.1\r\n" + end), 400, "bad-request");
        assertProblem(raw("GET /api/vm HTTP/1.1\r\nX: " + "x".repeat(40_000) + "\r\n" + end), 400, "bad-request");
        assertProblem(raw("GET /api/" + "x".repeat(40_000) + " HTTP/1.1\r\n" + end), 414, "too-large");
        assertProblem(raw("POST /api/vm HTTP/1.1\r\nTransfer-Encoding: odd\r\n" + end), 501, "bad-request");
        String traced = raw("TRACE /api/vm HTTP/1.1\r\n" + end);
        assertProblem(traced, 405, "method-not-allowed");
        assertThat(traced).contains("\r\nAllow: GET, HEAD, POST, ");
        assertThat(raw("DELETE /static/version HTTP/1.1\r\n" + end)).contains("\r\nAllow: GET, HEAD\r\n");
        assertProblem(raw("GET /static/ HTTP/1.1\r\n" + end), 404, "not-found");
        assertProblem(raw("GET /static/version HTTP/1.1\r\nRange: bytes=99-\r\n" + end), 416, "bad-request");
    }

    private static void assertProblem(String answer, int status, String code) {
        assertThat(answer).startsWith("HTTP/1.1 " + status + " ");
        assertThat(answer)
                .contains("\r\nContent-Type: application/problem+json\r\n", "\r\nX-Content-Type-Options: nosniff\r\n")
                .contains("\"status\":" + status + ",", "\"code\":\"" + code + "\"");
        Matcher ids = REQUEST_ID.matcher(answer);
        assertThat(ids.find()).as(answer).isTrue();
        assertThat(answer).contains("\"requestId\":\"" + ids.group(1) + "\"");
    }

    private String raw(String request) throws IOException {
        try (Socket socket = client.sslContext().getSocketFactory().createSocket("127.0.0.1", site.port())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void apiThatIsAway_isAProblemForPrograms_andAPageForPeople() throws Exception {
        start(PLENTY);
        api.stop(0);
        HttpResponse<String> program = get("/api/vm");
        assertThat(program.statusCode()).isEqualTo(503);
        assertThat(program.headers().firstValue("retry-after")).isPresent();
        assertThat(program.body()).contains("\"code\":\"unavailable\"");
        HttpResponse<String> person = get("/pages/login");
        assertThat(person.statusCode()).isEqualTo(503);
        assertThat(person.body()).contains("<!doctype html>");
    }

    /** A browser says what it wants; what else asks gets a problem. */
    @Test
    void unknownAddress_isAPageForPeople_andAProblemForPrograms() throws Exception {
        start(new Site.Limits(1, 2, 20, 200, 1 << 20));
        for (String path : new String[] {"/nothing", "/vm/none", "/static/nothing.js", "/metrics"}) {
            HttpResponse<String> person = get(path, "Accept", BROWSER);
            assertPage(person, 404, "href=\"/pages/desktops\"");
            assertThat(person.headers().firstValue("content-security-policy")).isPresent();
            HttpResponse<String> program = get(path, "Accept", "application/json, text/html;q=0.1");
            assertThat(program.statusCode()).as(path).isEqualTo(404);
            assertThat(program.body()).contains("\"code\":\"not-found\"");
        }
        for (String path : new String[] {"/pages/login", "/api/usage/csv"}) {
            HttpResponse<String> refused = get(path, "Accept", BROWSER);
            for (int i = 0; i < 10 && refused.statusCode() == 200; i++) {
                refused = get(path, "Accept", BROWSER);
            }
            assertPage(refused, 429, "tries again by itself");
            assertThat(refused.headers().firstValue("retry-after")).contains("1");
        }
        api.stop(0);
        assertPage(get("/healthz", "Accept", BROWSER), 503, "tries again by itself");
    }

    private static void assertPage(HttpResponse<String> answer, int status, String part) {
        assertThat(answer.statusCode()).as("%s", answer.uri()).isEqualTo(status);
        assertThat(answer.headers().firstValue("content-type"))
                .as("%s", answer.uri())
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/html"));
        assertThat(answer.body()).contains(part);
    }

    @Test
    void plainHttp_isSentToHttps() throws Exception {
        start(PLENTY);
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + site.httpPort().getAsInt() + "/pages/login?a=b"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(308);
        assertThat(answer.headers().firstValue("location")).contains(site.publicUrl() + "/pages/login?a=b");
    }

    @Test
    void strictTransport_isAskedFor_onlyUnderARealName() {
        assertThat(rendered(site)).doesNotContain("Strict-Transport-Security");
        assertThat(rendered(with(URI.create("https://vm.example.org"), PLENTY))).contains("Strict-Transport-Security");
    }

    private String rendered(Site given) {
        Path home = data.resolve("nginx");
        return new NginxTemplate(TEMPLATES).render(given, home, home, home.resolve("log"));
    }

    private void start(Site.Limits limits) {
        Site limited = with(site.publicUrl(), limits);
        new FrontDoor(data.resolve("nginx"), TEMPLATES, limited, TestPlace.user()).start(children);
    }

    private Site with(URI publicUrl, Site.Limits limits) {
        return new Site(
                site.listen(),
                site.port(),
                site.httpPort(),
                publicUrl,
                site.apiPort(),
                site.gateways(),
                site.www(),
                site.certificate(),
                site.key(),
                site.metricsToken(),
                limits);
    }

    private Site plan(Certificates certificates) {
        PortPlan ports = PortPlan.load(data.resolve("run/ports.json"));
        int port = ports.loopback("front");
        return new Site(
                "127.0.0.1",
                port,
                OptionalInt.of(ports.loopback("http")),
                URI.create("https://localhost:" + port),
                api.getAddress().getPort(),
                Map.of("local", ports.loopback("gateway")),
                data.resolve("www/static"),
                certificates.certificate(),
                certificates.key(),
                "metrics-token-of-this-test",
                PLENTY);
    }

    private HttpResponse<String> get(String path, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(site.publicUrl() + path));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(String path, byte[] body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(site.publicUrl() + path))
                .version(HttpClient.Version.HTTP_1_1)
                .expectContinue(true)
                .POST(HttpRequest.BodyPublishers.ofByteArray(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    private static SSLContext trusting(Path ca) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (InputStream stream = Files.newInputStream(ca)) {
            store.setCertificateEntry(
                    "ca", CertificateFactory.getInstance("X.509").generateCertificate(stream));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}

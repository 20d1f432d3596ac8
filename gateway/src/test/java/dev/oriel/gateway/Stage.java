package dev.oriel.gateway;

import dev.oriel.core.account.LoginId;
import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ConsoleTicket;
import dev.oriel.core.console.Guest;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.Revocation;
import dev.oriel.core.console.SessionId;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.console.TicketKeys;
import dev.oriel.core.console.TicketSigner;
import dev.oriel.core.host.HostName;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.console.ConsoleLimits;
import dev.oriel.gateway.ticket.RevocationKeys;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/** A gateway with its Redis, a VM's address and tickets for it. */
final class Stage implements AutoCloseable {
    static final String SECRET = "0123456789abcdefghijklmnopqrstuvwxyz";

    final VmId vm = VmId.random();
    final TestRedis redis;
    final GatewayServer gateway;
    private final KeyPair keys = TicketKeys.generate();
    private final TicketSigner signer = new TicketSigner("k1", keys.getPrivate());
    private final KeyPair nextKeys = TicketKeys.generate();
    private final Path sockets;
    private final List<TestViewer> kept = Collections.synchronizedList(new ArrayList<>());
    private final HttpClient http = HttpClient.newHttpClient();

    Stage(Path directory) throws Exception {
        this(directory, ConsoleLimits.defaults(), GatewayTransport.best());
    }

    Stage(Path directory, ConsoleLimits limits, GatewayTransport transport) throws Exception {
        // Short on purpose: a unix socket's path ends at 107 bytes, and a test's own directory may be deep.
        sockets = Files.createTempDirectory(Path.of("/tmp"), "og");
        Files.createDirectory(sockets.resolve("vnc"));
        redis = new TestRedis(directory);
        gateway = GatewayServer.start(
                new GatewayConfig(
                        new HostName("local"),
                        "127.0.0.1",
                        0,
                        SECRET,
                        sockets,
                        redis.url(),
                        Map.of("k1", keys.getPublic(), "k2", nextKeys.getPublic()),
                        Set.of("https://localhost:8443"),
                        Optional.of(directory.resolve("recordings")),
                        1 << 20,
                        limits),
                transport);
        org.awaitility.Awaitility.await().until(() -> get("/readyz").statusCode() == 200);
    }

    int port() {
        return gateway.port();
    }

    String path() {
        return "/vnc/local/" + vm;
    }

    TestVnc vnc(TestVnc.Behaviour behaviour) throws IOException {
        return new TestVnc(socket(), behaviour);
    }

    /** The directory of {@code vnc/<vm>}. */
    Path sockets() {
        return sockets;
    }

    Path socket() {
        return sockets.resolve("vnc").resolve(vm.toString());
    }

    ConsoleTicket claims(Duration age) {
        return claims(vm, "local", Instant.now().plus(age));
    }

    private static ConsoleTicket claims(VmId vm, String host, Instant issued) {
        return new ConsoleTicket(
                TicketId.random(),
                new HostName(host),
                vm,
                UserId.random(),
                LoginId.random(),
                SessionId.random(),
                ConsolePermission.DRIVE,
                issued,
                issued.plusSeconds(30));
    }

    /** A ticket of a visitor whose share link ends at {@code until}. */
    ConsoleTicket visit(ConsolePermission permission, Instant until) {
        ConsoleTicket own = claims(Duration.ZERO);
        Guest guest = new Guest(ShareId.random(), "Ann", until);
        return new ConsoleTicket(
                own.id(),
                own.host(),
                own.vm(),
                own.user(),
                guest.login(),
                own.session(),
                permission,
                own.issuedAt(),
                own.expiresAt(),
                Optional.of(guest));
    }

    String sign(ConsoleTicket ticket) {
        return signer.sign(ticket);
    }

    String ticket() {
        return sign(claims(Duration.ZERO));
    }

    String ticketIssued(Duration age) {
        return sign(claims(age));
    }

    String ticketFor(VmId other, String host) {
        return sign(claims(other, host, Instant.now()));
    }

    /** Signed with another key under the same key id. */
    String forged() {
        return new TicketSigner("k1", TicketKeys.generate().getPrivate()).sign(claims(Duration.ZERO));
    }

    /** Signed with the key that comes next in a rotation. */
    String signedByNextKey() {
        return new TicketSigner("k2", nextKeys.getPrivate()).sign(claims(Duration.ZERO));
    }

    /** Signed with the next key under the name of the present one. */
    String signedUnderTheWrongName() {
        return new TicketSigner("k1", nextKeys.getPrivate()).sign(claims(Duration.ZERO));
    }

    TestViewer open() throws IOException {
        return open(claims(Duration.ZERO));
    }

    TestViewer open(ConsoleTicket ticket) throws IOException {
        return upgrade(TestViewer.connect(port()), ticket).handshake();
    }

    TestViewer upgrade(TestViewer viewer, ConsoleTicket ticket) throws IOException {
        TestViewer.Answer answer = viewer.ask(path(), TestViewer.upgrade(sign(ticket)));
        if (answer.status() != 101) {
            throw new IOException("refused: " + answer);
        }
        return viewer;
    }

    /** Closes it at the end of the tests. */
    void keep(TestViewer viewer) {
        kept.add(viewer);
    }

    static UUID id(ConsoleTicket ticket, Revocation.Scope scope) {
        return RevocationKeys.id(ticket, scope);
    }

    void revoke(Revocation revocation) throws IOException {
        redis.command("PUBLISH", Revocation.CHANNEL, OrielJson.mapper().writeValueAsString(revocation));
    }

    HttpResponse<String> get(String path) throws Exception {
        return get(path, "");
    }

    HttpResponse<String> get(String path, String authorization) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(5));
        if (!authorization.isEmpty()) {
            request.header("Authorization", authorization);
        }
        return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    /** What the API asks of an open console; gives the status. */
    int desk(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(5))
                .header("Authorization", "Bearer " + SECRET)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    /** As {@link #desk}, with the answer's body. */
    HttpResponse<byte[]> ask(String method, String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + path))
                .timeout(Duration.ofSeconds(5))
                .header("Authorization", "Bearer " + SECRET)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
    }

    /** The open consoles, as the API sees them. */
    List<OpenConsole> consoles() throws Exception {
        return List.of(OrielJson.mapper()
                .readValue(get("/consoles", "Bearer " + SECRET).body(), OpenConsole[].class));
    }

    @Override
    public void close() throws IOException {
        for (TestViewer one : kept) {
            one.close();
        }
        gateway.close();
        redis.close();
        http.close();
        Files.deleteIfExists(sockets.resolve("vnc").resolve(vm.toString()));
        Files.delete(sockets.resolve("vnc"));
        Files.delete(sockets);
    }
}

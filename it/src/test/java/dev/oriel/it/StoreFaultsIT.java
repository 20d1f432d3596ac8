package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** PostgreSQL, Redis and the API freeze, vanish and come back: no wish is lost, nothing happens twice. */
class StoreFaultsIT {
    /** What a person waits for an answer at most while a store is away, and some for a busy machine. */
    private static final Duration SOON = Duration.ofSeconds(2).plusMillis(1500);

    private static final Duration CONVERGED = Duration.ofSeconds(30);

    /** A JVM or a database starts again, on a machine that does other things too. */
    private static final Duration RESTARTED = Duration.ofSeconds(90);

    private static final int DISK_MIB = 800;

    private static RunningOriel oriel;
    private static Optional<SmallDisk> disk = Optional.empty();

    @BeforeAll
    static void start() throws Exception {
        Path data = RunningOriel.newData("faults");
        if (SmallDisk.isPossible()) {
            disk = Optional.of(SmallDisk.on(data, DISK_MIB));
        }
        oriel = RunningOriel.start(data, "--host=sim", "--split");
    }

    @AfterAll
    static void stop() throws Exception {
        oriel.close();
        for (SmallDisk small : disk.stream().toList()) {
            small.close();
        }
    }

    /** What an earlier test broke may still be coming back. */
    @BeforeEach
    void awaitAnswers() {
        awaitAnswers(OrielUser.anonymous(oriel), "/api/readyz");
    }

    @Test
    void flushedRedis_losesNoWish_andKeepsTheRevokedRevoked() throws Exception {
        OrielUser user = OrielUser.register(oriel);
        OrielUser loggedOut = OrielUser.register(oriel);
        loggedOut.post("/api/auth/logout", "").expect(204);
        String vm = user.createRunning("tiny").path("id").asString();
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            assertThat(redis("FLUSHALL")).startsWith("+OK");
            assertThat(console.frame()).as("an open console goes on").isNotEmpty();
            loggedOut.get("/api/auth/me").expect(401);
            String other = user.createRunning("tiny").path("id").asString();
            Awaitility.await("sessions are known again")
                    .atMost(Duration.ofSeconds(20))
                    .untilAsserted(() -> assertThat(
                                    vmsOf(user.get("/api/sessions").expect(200).json()))
                            .contains(vm, other));
            user.deleteFully(other);
        }
        user.deleteFully(vm);
    }

    @Test
    void frozenRedis_readsAndConsolesGoOn_andWishesAreKept() throws Exception {
        OrielUser user = OrielUser.register(oriel);
        OrielUser loggedOut = OrielUser.register(oriel);
        loggedOut.post("/api/auth/logout", "").expect(204);
        String vm = user.createRunning("tiny").path("id").asString();
        OrielUser.Answer ticket = user.console(vm);
        String made;
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"));
                Frozen _ = Frozen.these(processes("/redis/server-"))) {
            assertThat(console.frame()).as("an open console goes on").isNotEmpty();
            within(SOON, () -> user.get("/api/vm")).expect(200);
            loggedOut.get("/api/auth/me").expect(401);
            OrielUser.Answer answer =
                    within(SOON, () -> user.send("POST", "/api/vm", "{\"template\":\"tiny\"}", "Prefer", "wait=0"));
            assertThat(answer.status()).isIn(201, 202);
            made = answer.text("id");
            assertThat(console.frame()).isNotEmpty();
        }
        user.awaitState(made, "running", CONVERGED);
        user.deleteFully(made);
        user.deleteFully(vm);
    }

    @Test
    void killedRedis_comesBackByItself() throws Exception {
        OrielUser user = OrielUser.register(oriel);
        processes("/redis/server-").forEach(ProcessHandle::destroyForcibly);
        OrielUser.Answer answer = within(
                Duration.ofSeconds(5),
                () -> user.send("POST", "/api/vm", "{\"template\":\"tiny\"}", "Prefer", "wait=0"));
        assertThat(answer.status()).isIn(201, 202);
        user.awaitState(answer.text("id"), "running", CONVERGED);
        Awaitility.await("consoles open again")
                .atMost(CONVERGED)
                .ignoreExceptions()
                .until(() -> opens(user, answer.text("id")));
        user.deleteFully(answer.text("id"));
    }

    @Test
    void frozenPostgres_isAQuick503_andConsolesStay() throws Exception {
        OrielUser user = OrielUser.register(oriel);
        String vm = user.createRunning("tiny").path("id").asString();
        OrielUser.Answer ticket = user.console(vm);
        String body = "{\"template\":\"tiny\",\"name\":\"once\"}";
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            try (Frozen _ = Frozen.these(postgres())) {
                for (int i = 0; i < 3; i++) {
                    OrielUser.Answer answer =
                            within(SOON, () -> user.get("/api/vm")).expect(503);
                    assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                }
                within(SOON, () -> user.send("POST", "/api/vm", body, "Idempotency-Key", "k", "Prefer", "wait=0"))
                        .expect(503);
                assertThat(console.frame()).as("an open console goes on").isNotEmpty();
            }
            awaitAnswers(user, "/api/vm");
            OrielUser.Answer again = user.send("POST", "/api/vm", body, "Idempotency-Key", "k", "Prefer", "wait=10");
            assertThat(again.status()).as("%s", again.json()).isIn(201, 202);
            assertThat(user.get("/api/vm").expect(200).json()).hasSize(2);
            assertThat(console.frame()).isNotEmpty();
            user.deleteFully(again.text("id"));
        }
        user.deleteFully(vm);
    }

    @Test
    void killedPostgres_comesBackWithoutAnybodysHelp() throws Exception {
        OrielUser user = OrielUser.register(oriel);
        String vm = user.createRunning("tiny").path("id").asString();
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            processes("/bin/postgres").forEach(ProcessHandle::destroyForcibly);
            assertThat(console.frame()).as("an open console goes on").isNotEmpty();
            awaitAnswers(user, "/api/vm");
        }
        user.deleteFully(vm);
    }

    /** The disk of everything: database, Redis, uploads, logs. */
    @Test
    void fullDisk_refusesWhatIsNew_keepsWhatRuns_andNobodyHasToHelpAfterwards() throws Exception {
        assumeThat(disk).as("a disk of its own").isPresent();
        OrielUser user = OrielUser.register(oriel);
        String vm = user.createRunning("tiny").path("id").asString();
        byte[] file = new byte[3 << 20];
        List<Path> before = oriel.filesIn("uploads");
        OrielUser.Answer ticket = user.console(vm);
        Map<Integer, Integer> answers = new TreeMap<>();
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            assertThat(disk.orElseThrow().fill()).isPositive();
            try {
                assertThat(user.upload("large.bin", "file", file).status()).isEqualTo(507);
                for (int i = 0; i < 40; i++) {
                    OrielUser.Answer answer = within(
                            Duration.ofSeconds(10),
                            () -> OrielUser.anonymous(oriel).send("POST", "/api/auth/register", newcomer()));
                    answers.merge(answer.status(), 1, Integer::sum);
                }
                assertThat(answers.keySet()).isSubsetOf(201, 503, 507, 429);
                assertThat(user.get("/api/vm").status()).isIn(200, 503);
                assertThat(console.frame()).as("an open console goes on").isNotEmpty();
                assertThat(oriel.role("api").isAlive()).isTrue();
            } finally {
                disk.orElseThrow().empty();
            }
            System.out.println("full disk: answers to registrations " + answers);
            awaitAnswers(user, "/api/readyz");
            awaitAnswers(user, "/api/vm");
            assertThat(console.frame()).as("an open console goes on").isNotEmpty();
        }
        assertThat(oriel.filesIn("uploads")).isEqualTo(before);
        user.awaitState(vm, "running", CONVERGED);
        user.deleteFully(vm);
    }

    private static String newcomer() {
        return "{\"username\":\"f" + UUID.randomUUID().toString().substring(0, 12)
                + "\",\"password\":\"correct horse battery 7\"}";
    }

    @Test
    void killedApi_endsEveryAcceptedCreateOnce() throws Exception {
        List<OrielUser> users = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            users.add(OrielUser.register(oriel));
        }
        try (ExecutorService pool = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> creates = new ArrayList<>();
            for (OrielUser user : users) {
                creates.add(pool.submit(() -> createWhateverComes(user)));
            }
            Awaitility.await().pollDelay(Duration.ofMillis(120)).until(() -> true);
            oriel.role("api").destroyForcibly();
            for (Future<?> create : creates) {
                create.get();
            }
        }
        awaitAnswers(users.getFirst(), "/api/vm");
        for (OrielUser user : users) {
            Awaitility.await("every VM has settled").atMost(CONVERGED).untilAsserted(() -> {
                JsonNode vms = user.get("/api/vm").expect(200).json();
                assertThat(vms.size()).isLessThanOrEqualTo(1);
                vms.forEach(vm -> assertThat(vm.path("state").asString("")).isIn("running", "failed"));
                assertThat(user.get("/api/auth/me")
                                .json()
                                .path("usage")
                                .path("runningVms")
                                .asInt(-1))
                        .isEqualTo(vms.size());
            });
            user.get("/api/vm")
                    .json()
                    .forEach(vm -> user.deleteFully(vm.path("id").asString()));
        }
    }

    private static void createWhateverComes(OrielUser user) {
        try {
            user.send("POST", "/api/vm", "{\"template\":\"tiny\"}", "Prefer", "wait=5");
        } catch (UncheckedIOException e) {
            // The connection was cut with the API: whether the create was accepted is what is looked at later.
            assertThat(e).hasCauseInstanceOf(IOException.class);
        }
    }

    private static boolean opens(OrielUser user, String vm) throws Exception {
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            return console.frame().length > 0;
        }
    }

    private static void awaitAnswers(OrielUser user, String path) {
        Awaitility.await(path + " answers again")
                .atMost(RESTARTED)
                .ignoreExceptions()
                .until(() -> user.get(path).status() == 200);
    }

    private static OrielUser.Answer within(Duration limit, java.util.function.Supplier<OrielUser.Answer> request) {
        long began = System.nanoTime();
        OrielUser.Answer answer = request.get();
        assertThat(Duration.ofNanos(System.nanoTime() - began))
                .as("time to answer %s %s", answer.status(), answer.json())
                .isLessThan(limit);
        return answer;
    }

    private static List<String> vmsOf(JsonNode sessions) {
        List<String> vms = new ArrayList<>();
        sessions.forEach(session -> vms.add(session.path("vm").asString("")));
        return vms;
    }

    /** Processes of this Oriel whose command line holds {@code word}. */
    private static List<ProcessHandle> processes(String word) {
        return oriel.processes().stream()
                .filter(line -> line.contains(word))
                .map(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .flatMap(pid -> ProcessHandle.of(pid).stream())
                .toList();
    }

    private static List<ProcessHandle> postgres() {
        return processes("/bin/postgres").stream()
                .flatMap(server -> Stream.concat(Stream.of(server), server.descendants()))
                .toList();
    }

    private static String redis(String command) throws IOException {
        String password =
                Files.readString(oriel.data().resolve("keys/redis-admin")).strip();
        int port = Objects.requireNonNull(oriel.ports().get("redis"));
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.setSoTimeout(5_000);
            InputStream in = socket.getInputStream();
            return ask(socket, in, "AUTH admin " + password).startsWith("+OK") ? ask(socket, in, command) : "";
        }
    }

    private static String ask(Socket socket, InputStream in, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.US_ASCII));
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
            line.append((char) next);
        }
        return line.toString();
    }

    /** Processes that stand still (SIGSTOP) until this is closed. */
    private record Frozen(List<ProcessHandle> processes) implements AutoCloseable {
        static Frozen these(List<ProcessHandle> processes) {
            assertThat(processes).isNotEmpty();
            Frozen frozen = new Frozen(processes);
            frozen.signal("-STOP");
            return frozen;
        }

        private void signal(String signal) {
            List<String> command = new ArrayList<>(List.of("kill", signal));
            processes.forEach(process -> command.add(Long.toString(process.pid())));
            try {
                new ProcessBuilder(command).inheritIO().start().waitFor();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        @Override
        public void close() {
            signal("-CONT");
        }
    }
}

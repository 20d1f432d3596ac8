package dev.oriel.host.qmp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.oriel.host.qmp.QmpException.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The QMP client against a QEMU that says what it should, and against some that do not. */
class QmpClientTest {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final Duration SHORT = Duration.ofMillis(150);

    @TempDir
    Path dir;

    private @Nullable ScriptedQemu qemu;

    @AfterEach
    void end() throws Exception {
        end(qemu);
    }

    @Test
    void command_returnsItsResult() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            line.answer(line.hear("query-status"), "{\"status\":\"paused\"}");
            line.in().read();
        })) {
            assertThat(client.execute("query-status", LIMIT).path("status").asString())
                    .isEqualTo("paused");
        }
    }

    @Test
    void replies_findTheirCalls_inAnyOrder() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            String[] ids = {line.hear(""), line.hear("")};
            line.answer("4711", "\"nobody asked\"");
            line.answer(ids[1], "\"second\"");
            line.answer(ids[0], "\"first\"");
            line.in().read();
        })) {
            CompletableFuture<String> one = new CompletableFuture<>();
            CompletableFuture<String> other = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> complete(one, client, "one"));
            Thread.ofVirtual().start(() -> complete(other, client, "other"));
            assertThat(java.util.List.of(one.get(10, TimeUnit.SECONDS), other.get(10, TimeUnit.SECONDS)))
                    .containsExactlyInAnyOrder("first", "second");
        }
    }

    @Test
    void refusal_failsTheCall_andKeepsTheConnection() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            line.say("{\"error\":{\"class\":\"GenericError\",\"desc\":\"no such device\"},\"id\":\""
                    + line.hear("device_del") + "\"}");
            line.answer(line.hear("cont"), "{}");
            line.in().read();
        })) {
            QmpException refused = failure(() -> client.execute("device_del", Map.of("id", "x"), LIMIT));
            assertThat(refused.kind()).isEqualTo(Kind.REFUSED);
            assertThat(refused).hasMessageContaining("no such device");
            assertThat(client.execute("cont", LIMIT).isObject()).isTrue();
        }
    }

    @Test
    void silence_endsTheCallAtItsDeadline_andALateAnswerIsDropped() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            String late = line.hear("query-status");
            String next = line.hear("query-name");
            line.answer(late, "\"late\"");
            line.answer(next, "\"next\"");
            line.in().read();
        })) {
            assertThat(failure(() -> client.execute("query-status", SHORT)).kind())
                    .isEqualTo(Kind.TIMED_OUT);
            assertThat(client.execute("query-name", LIMIT).asString()).isEqualTo("next");
        }
    }

    @Test
    void silenceAtTheStart_endsTheConnection() {
        assertThatThrownBy(() -> {
                    qemu = new ScriptedQemu(dir.resolve("q"), line -> line.in().read());
                    QmpClient.connect(dir.resolve("q"), SHORT);
                })
                .isInstanceOfSatisfying(
                        QmpException.class, e -> assertThat(e.kind()).isEqualTo(Kind.TIMED_OUT));
    }

    @Test
    void noSocket_isDisconnected() {
        assertThat(failure(() -> QmpClient.connect(dir.resolve("none"), LIMIT)).kind())
                .isEqualTo(Kind.DISCONNECTED);
    }

    @Test
    void garbage_failsWhatWaits_andEndsTheConnection() throws Exception {
        assertNonsense("\u0000\u0001 not json at all");
        assertNonsense("{\"return\": {\"half\": ");
        assertNonsense("[1, 2, 3]");
        assertNonsense("{\"neither\": \"return nor event\"}");
    }

    @Test
    void halfALineThenTheEnd_failsWhatWaits() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            line.hear("query-status");
            line.out().write("{\"return\":".getBytes(StandardCharsets.UTF_8));
        })) {
            assertThat(failure(() -> client.execute("query-status", LIMIT)).kind())
                    .isEqualTo(Kind.DISCONNECTED);
            assertThat(client.isOpen()).isFalse();
            assertThat(failure(() -> client.execute("cont", LIMIT)).kind()).isEqualTo(Kind.DISCONNECTED);
        }
    }

    @Test
    void endlessLine_isCutOff() throws Exception {
        CompletableFuture<Long> written = new CompletableFuture<>();
        try (QmpClient client = connect(line -> {
            line.begin();
            line.hear("query-status");
            byte[] chunk = new byte[64 << 10];
            java.util.Arrays.fill(chunk, (byte) 'x');
            long sent = 0;
            try {
                while (sent < 100L << 20) {
                    line.out().write(chunk);
                    sent += chunk.length;
                }
            } finally {
                written.complete(sent);
            }
        })) {
            assertThat(failure(() -> client.execute("query-status", LIMIT)).kind())
                    .isEqualTo(Kind.NONSENSE);
            assertThat(written.get(10, TimeUnit.SECONDS)).isLessThan(8L << 20);
        }
    }

    @Test
    void everyListener_hasItsOwnQueue_andAFullOneLosesTheOldest() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            String id = line.hear("go");
            for (int i = 0; i < 300; i++) {
                line.say("{\"event\":\"E" + i + "\",\"timestamp\":{\"seconds\":1,\"microseconds\":2}}");
            }
            line.answer(id, "{}");
            line.in().read();
        })) {
            QmpEvents lazy = client.subscribe();
            QmpEvents closed = client.subscribe();
            closed.close();
            client.execute("go", LIMIT);

            assertThat(lazy.lost()).isEqualTo(44);
            assertThat(lazy.next(LIMIT).orElseThrow().name()).isEqualTo("E44");
            assertThat(lazy.next("E299", LIMIT)).isPresent();
            assertThat(lazy.next(Duration.ZERO)).isEmpty();
            assertThat(closed.next(Duration.ZERO)).isEmpty();
        }
    }

    @Test
    void disconnect_endsListeners_afterTheirLastEvent() throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            line.hear("quit");
            line.say("{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-shutdown\"}}");
        })) {
            QmpEvents events = client.subscribe();
            failure(() -> client.execute("quit", LIMIT));
            assertThat(events.next(LIMIT).orElseThrow().data().path("guest").asBoolean())
                    .isTrue();
            assertThat(events.next(LIMIT)).isEmpty();
            assertThat(client.closed().get(1, TimeUnit.SECONDS)).contains("closed");
        }
    }

    private void assertNonsense(String garbage) throws Exception {
        try (QmpClient client = connect(line -> {
            line.begin();
            line.hear("query-status");
            line.say(garbage);
            line.in().read();
        })) {
            assertThat(failure(() -> client.execute("query-status", LIMIT)).kind())

                    // It hangs up right afterwards: either may be seen first.
                    .isIn(Kind.NONSENSE, Kind.DISCONNECTED);
            assertThat(client.isOpen()).isFalse();
        }
    }

    private QmpClient connect(ScriptedQemu.Script script) throws IOException, InterruptedException {
        Path socket = dir.resolve("q" + System.nanoTime());
        end(qemu);
        qemu = new ScriptedQemu(socket, script);
        return QmpClient.connect(socket, LIMIT);
    }

    private static void end(@Nullable ScriptedQemu before) throws IOException {
        if (before != null) {
            before.close();
        }
    }

    private static void complete(CompletableFuture<String> result, QmpClient client, String command) {
        try {
            result.complete(client.execute(command, LIMIT).asString());
        } catch (QmpException | InterruptedException e) {
            result.completeExceptionally(e);
        }
    }

    private static QmpException failure(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return catchThrowableOfType(QmpException.class, call);
    }
}

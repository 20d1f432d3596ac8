package dev.oriel.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recordings as the API asks for them: begun, gone on with, bounded, read, removed. */
@Timeout(60)
class RecordingIT {
    private static final byte[] PICTURE = "a picture of 20 bytes".getBytes(StandardCharsets.US_ASCII);
    private static final int GREETING = 12 + 2 + 4 + 24;

    @TempDir
    static Path directory;

    static Stage stage;

    @BeforeAll
    static void start() throws Exception {
        stage = new Stage(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        stage.close();
    }

    private static RecordingStatus ensure(RecordingId id, long maxBytes, Duration maxLength) throws Exception {
        Instant started = Instant.now();
        HttpResponse<byte[]> answer =
                stage.ask("PUT", RecordingStatus.wish(stage.vm, id, started, maxBytes, maxLength));
        assertThat(answer.statusCode()).isEqualTo(200);
        return OrielJson.mapper().readValue(answer.body(), RecordingStatus.class);
    }

    private static RecordingStatus status(RecordingId id) throws Exception {
        return OrielJson.mapper()
                .readValue(stage.ask("GET", RecordingStatus.path(stage.vm, id)).body(), RecordingStatus.class);
    }

    private static byte[] part(RecordingId id, int number) throws Exception {
        return stage.ask("GET", RecordingStatus.path(stage.vm, id) + "/parts/" + number)
                .body();
    }

    /** The bytes of a part, without times; checks that those never go back. */
    private static byte[] stream(byte[] part) {
        ByteBuffer blocks = ByteBuffer.wrap(part);
        ByteBuffer all = ByteBuffer.allocate(part.length);
        int last = 0;
        while (blocks.hasRemaining()) {
            int millis = blocks.getInt();
            assertThat(millis).isGreaterThanOrEqualTo(last);
            last = millis;
            byte[] bytes = new byte[blocks.getInt()];
            blocks.get(bytes);
            all.put(bytes);
        }
        return java.util.Arrays.copyOf(all.array(), all.position());
    }

    private static void paint(TestVnc.Connection connection) throws IOException {
        connection.in.readNBytes(1);
        while (true) {
            connection.out.write(PICTURE);
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        }
    }

    @Test
    void whatTheVmSays_isKeptAsItCame_withTimes_besideViewers() throws Exception {
        RecordingId id = RecordingId.random();
        try (TestVnc vnc = stage.vnc(RecordingIT::paint)) {
            assertThat(ensure(id, 10 << 20, Duration.ofMinutes(5)).ended()).isEmpty();
            await().until(() -> status(id).bytes() > 2000);
            assertThat(stage.desk("PUT", RecordingStatus.path(stage.vm, id) + "/stop"))
                    .isEqualTo(204);
            RecordingStatus done = status(id);
            assertThat(done.ended()).contains(RecordingStatus.STOPPED);
            assertThat(done.length()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(50));
            await("the VM is left alone").until(() -> vnc.open() == 0);
            String text = new String(stream(part(id, 0)), StandardCharsets.ISO_8859_1);
            assertThat(text).startsWith("RFB 003.008\n");
            assertThat(text.substring(GREETING)).startsWith(new String(PICTURE, StandardCharsets.US_ASCII).repeat(3));
            // Asking again does not begin it again.
            assertThat(ensure(id, 10 << 20, Duration.ofMinutes(5)).ended()).isPresent();
            assertThat(vnc.connections()).hasSize(1);
        }
        assertThat(stage.desk("DELETE", RecordingStatus.path(stage.vm, id))).isEqualTo(204);
        assertThat(stage.desk("GET", RecordingStatus.path(stage.vm, id))).isEqualTo(404);
    }

    @Test
    void itAsksForPictures_andForNothingElse() throws Exception {
        RecordingId id = RecordingId.random();
        try (TestVnc vnc = stage.vnc(TestVnc::listen)) {
            ensure(id, 10 << 20, Duration.ofMinutes(5));
            await().until(() -> vnc.connections().size() == 1
                    && vnc.last().messages.contains("update 01" + "00000000" + "ffffffff"));
            stage.desk("PUT", RecordingStatus.path(stage.vm, id) + "/stop");
            assertThat(vnc.last().illegal).isEmpty();
            assertThat(vnc.last().messages).allMatch(message -> message.matches("(format|encodings|update) .*"));
            // As noVNC reads them: red first, whatever the VM's own order is.
            assertThat(vnc.last().messages.getFirst())
                    .isEqualTo("format 000000" + "20180001" + "00ff00ff00ff" + "000810" + "000000");
            assertThat(vnc.last().messages.get(2)).isEqualTo("update 00" + "00000000" + "ffffffff");
        }
    }

    @Test
    void aScreenThatStandsStill_isRecordedForAsLongAsItStood() throws Exception {
        RecordingId id = RecordingId.random();
        try (TestVnc _ = stage.vnc(connection -> {
            connection.in.readNBytes(1);
            connection.out.write(PICTURE);
            connection.in.readAllBytes();
        })) {
            ensure(id, 10 << 20, Duration.ofMinutes(5));
            await().until(() -> status(id).parts().size() == 1);
            await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
            stage.desk("PUT", RecordingStatus.path(stage.vm, id) + "/stop");
            assertThat(status(id).length()).isGreaterThan(Duration.ofMillis(1_400));
            assertThat(new String(stream(part(id, 0)), StandardCharsets.ISO_8859_1))
                    .endsWith(new String(PICTURE, StandardCharsets.US_ASCII));
        }
    }

    @Test
    void aVmThatGoesAndComes_isRecordedInParts() throws Exception {
        RecordingId id = RecordingId.random();
        ensure(id, 10 << 20, Duration.ofMinutes(5));
        for (int start = 1; start <= 2; start++) {
            int parts = start;
            try (TestVnc _ = stage.vnc(RecordingIT::paint)) {
                await().until(() -> status(id).parts().size() == parts
                        && status(id).parts().getLast().bytes() > 1000);
            }
        }
        stage.desk("PUT", RecordingStatus.path(stage.vm, id) + "/stop");
        assertThat(new String(stream(part(id, 1)), StandardCharsets.ISO_8859_1)).startsWith("RFB 003.008\n");
        assertThat(status(id).parts())
                .extracting(RecordingStatus.Part::startMillis)
                .isSorted();
    }

    @Test
    void aVmThatOnlyGreets_isNoPart_andIsAskedAgainAfterAWhile() throws Exception {
        RecordingId id = RecordingId.random();
        try (TestVnc vnc = stage.vnc(connection -> {})) {
            ensure(id, 10 << 20, Duration.ofMinutes(5));
            await().until(() -> vnc.connections().size() >= 2);
            assertThat(status(id).parts()).isEmpty();
            assertThat(vnc.connections().size()).isLessThan(10);
        }
        try (TestVnc _ = stage.vnc(RecordingIT::paint)) {
            await().until(() -> status(id).bytes() > 1000);
        }
        stage.desk("PUT", RecordingStatus.path(stage.vm, id) + "/stop");
        assertThat(status(id).parts()).hasSize(1);
        assertThat(new String(stream(part(id, 0)), StandardCharsets.ISO_8859_1)).startsWith("RFB 003.008\n");
    }

    @Test
    void nothingGrowsBeyondItsLimits() throws Exception {
        RecordingId large = RecordingId.random();
        RecordingId late = RecordingId.random();
        try (TestVnc _ = stage.vnc(connection -> {
            connection.in.readNBytes(1);
            byte[] much = new byte[100_000];
            while (true) {
                connection.out.write(much);
            }
        })) {
            ensure(large, 3 << 20, Duration.ofMinutes(5));
            ensure(late, 1 << 30, Duration.ofMillis(600));
            await().until(() -> status(large).ended().isPresent());
            assertThat(status(large).ended()).contains(RecordingStatus.FULL);
            assertThat(status(large).bytes()).isBetween(2L << 20, 3L << 20);
            await().until(() -> status(late).ended().isPresent());
            assertThat(status(late).ended()).contains(RecordingStatus.LONG);
        }
    }

    @Test
    void whatAGatewayLeftUnfinished_theNextOneGoesOnWith() throws Exception {
        Path kept = Files.createDirectory(directory.resolve("kept"));
        RecordingId id = RecordingId.random();
        Path sockets = stage.sockets();
        Instant started = Instant.now();
        try (TestVnc _ = stage.vnc(RecordingIT::paint)) {
            for (int life = 1; life <= 2; life++) {
                int parts = life;
                try (var recordings = new dev.oriel.gateway.recording.Recordings(kept, sockets, 0)) {
                    recordings.ensure(stage.vm, id, started, 1 << 20, Duration.ofMinutes(5));
                    // As a kill -9 may leave it.
                    Files.write(kept.resolve(stage.vm + "/" + id + "/0000" + life + "-0.rfb"), new byte[0]);
                    await().until(() ->
                            recordings.list().getFirst().parts().size() == parts && recordings.writtenBytes() > 500);
                }
            }
        }
        var after = new dev.oriel.gateway.recording.Recordings(kept, sockets, 0);
        assertThat(after.list().getFirst().ended()).isEmpty();
        assertThat(after.liveCount()).isZero();
    }

    @Test
    void onlyWhoeverHasTheSecret_mayAsk_andPathsAreIds() throws Exception {
        assertThat(stage.get(RecordingStatus.PATH).statusCode()).isEqualTo(401);
        for (String path : List.of("/../../etc", "/x/y", "/" + stage.vm + "/..%2f..", "/" + stage.vm)) {
            assertThat(stage.desk("DELETE", RecordingStatus.PATH + path)).isEqualTo(404);
        }
        String wish = RecordingStatus.path(stage.vm, RecordingId.random());
        assertThat(stage.desk("PUT", wish)).isEqualTo(404);
        assertThat(stage.desk("PUT", wish + "?started=1&max-bytes=x&max-millis=1"))
                .isEqualTo(404);
    }
}

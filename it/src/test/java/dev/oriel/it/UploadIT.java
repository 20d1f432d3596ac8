package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files go in and come out unchanged; an ISO boots in a VM. */
@ExtendWith(SharedOriel.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UploadIT {
    private final RunningOriel oriel;
    private final OrielUser user;

    UploadIT(RunningOriel oriel) {
        this.oriel = oriel;
        this.user = OrielUser.register(oriel);
    }

    @Test
    void file_comesBackByteForByte_andIsGoneAfterDelete() {
        List<Path> before = oriel.filesIn("uploads");
        byte[] content = "Grüße from the bay window\n".repeat(5_000).getBytes(java.nio.charset.StandardCharsets.UTF_8);
        OrielUser.Answer upload = user.upload("notes.txt", "file", content).expect(201);
        assertThat(upload.json().path("size").asLong()).isEqualTo(content.length);
        assertThat(upload.text("sha256")).hasSize(64);
        assertThat(upload.text("state")).isEqualTo("ready");
        String path = "/api/post/" + upload.text("id");
        assertThat(user.download(path + "/content")).isEqualTo(content);
        assertThat(OrielUser.register(oriel).get(path).status()).isEqualTo(404);
        user.delete(path).expect(204);
        assertThat(user.get(path).status()).isEqualTo(404);
        assertThat(oriel.filesIn("uploads")).isEqualTo(before);
    }

    @Test
    void iso_bootsInABlankVm() throws Exception {
        OrielUser.Answer iso =
                user.upload("red.iso", "iso", BootableDisc.bytes()).expect(201);
        String vm = user.createRunning(Map.of("template", "blank", "iso", iso.text("id")))
                .path("id")
                .asString();
        OrielUser.Answer ticket = user.console(vm);
        try (ConsoleClient console = ConsoleClient.open(user.http(), ticket.text("url"), ticket.text("ticket"))) {
            Awaitility.await("the disc's program paints the screen red")
                    .atMost(Duration.ofSeconds(40))
                    .until(() -> middleIsDarkRed(console.frame()));
            byte[] red = console.frame();
            console.type('b');
            console.awaitChange(red, Duration.ofSeconds(20));
        }
        user.deleteFully(vm);
        user.delete("/api/post/" + iso.text("id")).expect(204);
    }

    private static boolean middleIsDarkRed(byte[] frame) {
        int at = frame.length / 8 * 4 + frame.length % 8;
        return (frame[at] & 0xFF) < 16 && (frame[at + 1] & 0xFF) < 16 && (frame[at + 2] & 0xFF) > 128;
    }
}

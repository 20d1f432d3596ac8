package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Images that name a file of the host: its text comes neither into the store nor before a guest. */
@ExtendWith(SharedOriel.class)
class CanaryIT {
    private static final int MIB = 1 << 20;
    private static final List<String> FORMATS = List.of("qcow2", "vmdk", "raw");

    @TempDir
    Path directory = Path.of("unset");

    @Test
    void textOfTheHost_isNowhere_afterEveryTrick(RunningOriel oriel) throws Exception {
        OrielUser user = OrielUser.register(oriel);
        user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        String text = "canary " + UUID.randomUUID();
        Path canary = Files.writeString(directory.resolve("canary"), (text + "\n").repeat(MIB / (text.length() + 1)));
        Path marker = Files.writeString(directory.resolve("marker"), "");
        byte[] backed = backedBy(canary);
        // A raw disk is whatever its bytes are: also the header of another format, which nobody may go by.
        byte[] disguised = Arrays.copyOf(backed, MIB);
        for (byte[] image : List.of(backed, flat(canary), disguised)) {
            for (String format : FORMATS) {
                OrielUser.Answer answer = user.upload("trick", "disk", format, image);
                assertThat(answer.status()).as("%s: %s", format, answer.json()).isIn(201, 422);
            }
        }
        OrielUser.Answer kept = user.upload("disguised.raw", "disk", "raw", disguised);
        if (kept.status() == 201) {
            seenByAGuest(oriel, user, kept.text("id"), disguised);
        }
        assertThat(filesHolding(text, marker, oriel.data())).isEmpty();
    }

    /** The image is a disk of exactly the bytes that were given: a machine runs from it. */
    private void seenByAGuest(RunningOriel oriel, OrielUser user, String upload, byte[] content) throws Exception {
        String name = "trick-" + UUID.randomUUID().toString().substring(0, 8);
        OrielUser.Answer made = user.post(
                "/api/vm/templates", "{\"upload\":\"" + upload + "\",\"name\":\"" + name + "\",\"memoryMiB\":64}");
        assertThat(made.status()).as("%s", made.json()).isIn(201, 202);
        user.awaitTemplate(name, Duration.ofSeconds(60));
        String vm = user.createRunning(Map.of("template", name)).path("id").asString();
        Path overlay = overlay(oriel, vm);
        Path seen = directory.resolve("seen.raw");
        run("qemu-img", "convert", "-U", "-O", "raw", overlay.toString(), seen.toString());
        assertThat(Arrays.copyOf(Files.readAllBytes(seen), content.length))
                .as("what the guest reads")
                .isEqualTo(content);
        user.deleteFully(vm);
        Awaitility.await("the template is free")
                .atMost(Duration.ofSeconds(20))
                .until(() -> user.delete("/api/vm/templates/" + name).status() == 204);
    }

    private static Path overlay(RunningOriel oriel, String vm) throws IOException {
        try (var files = Files.walk(oriel.data().resolve("vms/users"))) {
            return files.filter(file -> file.getFileName().toString().equals(vm + ".qcow2"))
                    .findFirst()
                    .orElseThrow()
                    .toRealPath();
        }
    }

    private byte[] backedBy(Path canary) throws Exception {
        Path image = directory.resolve("backed.qcow2");
        run("qemu-img", "create", "-q", "-f", "qcow2", "-b", canary.toString(), "-F", "raw", image.toString());
        return Files.readAllBytes(image);
    }

    private static byte[] flat(Path canary) {
        String descriptor = "# Disk DescriptorFile\nversion=1\nCID=12345678\nparentCID=ffffffff\n"
                + "createType=\"monolithicFlat\"\nRW " + MIB / 512 + " FLAT \"" + canary + "\" 0\n"
                + "ddb.adapterType = \"ide\"\n";
        return Arrays.copyOf(descriptor.getBytes(StandardCharsets.UTF_8), 4096);
    }

    /** Files of the store that were written since and hold the text. */
    private String filesHolding(String text, Path since, Path data) throws Exception {
        Path found = directory.resolve("found");
        Process find = new ProcessBuilder(
                        "find",
                        data.resolve("uploads").toString(),
                        data.resolve("vms").toString(),
                        "-type",
                        "f",
                        "-newer",
                        since.toString(),
                        "-exec",
                        "grep",
                        "-laF",
                        text,
                        "{}",
                        "+")
                .redirectOutput(found.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        assertThat(find.waitFor(60, TimeUnit.SECONDS)).isTrue();
        return Files.readString(found);
    }

    private static void run(String... command) throws Exception {
        Process process = new ProcessBuilder(command).inheritIO().start();
        assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(String.join(" ", command)).isZero();
    }
}

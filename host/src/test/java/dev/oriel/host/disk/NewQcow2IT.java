package dev.oriel.host.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** New layers, as QEMU's own tools see them. */
class NewQcow2IT {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    @TempDir
    Path directory;

    private final Program qemuImg = Program.need("qemu-img");

    /** The last one needs an L1 table of more than one cluster. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 512, 1L << 30, (1L << 32) + 1, 20L << 30, 9L << 40})
    void layer_isWhatQemuMakesItself(long size) throws IOException, InterruptedException {
        Path base = directory.resolve("base ä.qcow2");
        Path ours = directory.resolve("ours.qcow2");
        Path theirs = directory.resolve("theirs.qcow2");
        NewQcow2.write(base, Optional.empty(), new Bytes(1 << 20));
        NewQcow2.write(ours, Optional.of(base), new Bytes(size));
        run("create", "-q", "-u", "-f", "qcow2", "-b", base.toString(), "-F", "qcow2", theirs.toString(), size + "");
        for (String member :
                List.of("virtual-size", "cluster-size", "format", "backing-filename", "backing-filename-format")) {
            assertThat(info(ours).path(member))
                    .as(member)
                    .isEqualTo(info(theirs).path(member));
        }
        assertThat(info(ours).path("format-specific")).isEqualTo(info(theirs).path("format-specific"));
        run("check", "-q", "-f", "qcow2", ours.toString());
        assertThat(info(base).has("backing-filename")).isFalse();
        run("check", "-q", "-f", "qcow2", base.toString());
    }

    /** What is written to it stays, and around that the file below shows. */
    @Test
    void layer_takesData() throws IOException, InterruptedException {
        Path base = directory.resolve("base.qcow2");
        Path raw = Files.write(directory.resolve("raw"), "below".repeat(100_000).getBytes(StandardCharsets.US_ASCII));
        run("convert", "-f", "raw", "-O", "qcow2", raw.toString(), base.toString());
        Path layer = directory.resolve("layer.qcow2");
        NewQcow2.write(layer, Optional.of(base), new Bytes(Files.size(raw)));
        run("compare", "-f", "qcow2", "-F", "qcow2", base.toString(), layer.toString());
        Path other = directory.resolve("other");
        byte[] content = Files.readAllBytes(raw);
        content[200_000] = 'X';
        Files.write(other, content);
        run("convert", "-n", "-f", "raw", "-O", "qcow2", other.toString(), layer.toString());
        run("compare", "-f", "qcow2", "-F", "raw", layer.toString(), other.toString());
        run("check", "-q", "-f", "qcow2", layer.toString());
    }

    @Test
    void whatCannotBe_isRefused() {
        Path file = directory.resolve("file.qcow2");
        assertThatThrownBy(() -> NewQcow2.write(file, Optional.empty(), new Bytes(Long.MAX_VALUE / 2)))
                .isInstanceOf(DiskException.class);
        assertThatThrownBy(() -> NewQcow2.write(file, Optional.of(Path.of("/" + "x".repeat(1023))), new Bytes(512)))
                .isInstanceOf(DiskException.class);
        assertThat(file).doesNotExist();
    }

    private JsonNode info(Path file) throws IOException, InterruptedException {
        return OrielJson.mapper().readTree(run("info", "-U", "-f", "qcow2", "--output=json", file.toString()));
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        Program.Result result = qemuImg.run(List.of(arguments), LIMIT);
        assertThat(result.succeeded()).as(result.output()).isTrue();
        return result.output();
    }
}

package dev.oriel.api.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs the scripts' own tests with Node.js, which is here because npm is. */
class ScriptsIT {
    private static final Path WEB = Path.of("../web").toAbsolutePath().normalize();
    private static final int LIMIT_SECONDS = 60;

    @Test
    void scripts_passTheirOwnTests() throws IOException, InterruptedException {
        Path output = Files.createTempFile("oriel-scripts", ".tap");
        try {
            Process node = new ProcessBuilder("node", "--test", "--test-reporter=tap", "test/")
                    .directory(WEB.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            boolean ended = node.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                node.destroyForcibly();
            }
            String report = Files.readString(output);
            assertThat(ended).as("the tests end in time: %s", report).isTrue();
            assertThat(node.exitValue()).as(report).isZero();
            assertThat(report).contains("# pass ").doesNotContain("# pass 0");
        } finally {
            Files.delete(output);
        }
    }
}

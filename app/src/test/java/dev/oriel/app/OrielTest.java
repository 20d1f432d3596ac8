package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class OrielTest {
    @ParameterizedTest
    @ValueSource(strings = {"up", "doctor", "login", "vm create", "vm list", "template list", "file upload", "host"})
    void everyCommand_hasHelp(String command) {
        assertThat(said(0, (command + " --help").split(" "))).contains("Usage: oriel " + command);
    }

    @Test
    void exitCodes_standInTheHelp() {
        assertThat(said(0, "vm", "--help").replaceAll("\\s+", " ")).contains("3 not signed in");
    }

    @Test
    void misspeltCommand_getsASuggestion() {
        assertThat(said(2, "doctr")).contains("doctor");
    }

    @Test
    void impossiblePortOrPlace_isAWrongCommandLine() {
        for (String[] wrong :
                new String[][] {{"--port", "99999"}, {"--port", "-1"}, {"--http-port", "65536"}, {"--data", ""}}) {
            said(2, "up", wrong[0], wrong[1]);
        }
        said(2, "up", "--port", "18999", "--http-port", "18999");
    }

    /** Not even the log begins there. */
    @Test
    void directoryThatEverybodyUses_isNoPlaceToRun(@TempDir Path home) throws IOException {
        Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwxrwxrwx"));
        Files.writeString(home.resolve("letter"), "dear");
        said(1, "up", "--data", home.toString());
        try (Stream<Path> there = Files.list(home)) {
            assertThat(there).containsExactly(home.resolve("letter"));
        }
    }

    @Test
    void addressThatIsNone_isSaid() {
        for (String wrong : new String[] {"localhost:8443", "ftp://x", "http://[x", "", "https://a b"}) {
            assertThat(said(1, "vm", "list", "--url", wrong)).contains("must be like https://");
        }
    }

    @Test
    void numberThatIsTooLarge_isSaid() {
        assertThat(said(5, "user", "change", "ada", "--disk-gib", "99999999999999"))
                .contains("too large a number");
    }

    @Test
    void hiddenCommands_areNotListed() {
        assertThat(said(0, "--help")).contains("template").doesNotContain("train");
    }

    private static String said(int exit, String... arguments) {
        StringWriter text = new StringWriter();
        CommandLine line = Oriel.commandLine();
        line.setOut(new PrintWriter(text));
        line.setErr(new PrintWriter(text));
        assertThat(line.execute(arguments)).isEqualTo(exit);
        return text.toString();
    }
}

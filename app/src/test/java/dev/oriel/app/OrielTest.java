package dev.oriel.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
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

package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code oriel …} as somebody at a terminal of the machine uses it.
 *
 * @param directory where what they are logged in with is kept, and what they download
 */
record CommandLine(RunningOriel oriel, Path directory) {
    /** Runs a command that must succeed, and gives what it wrote. */
    String run(String input, String... arguments) throws IOException, InterruptedException {
        Process process = start(arguments);
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue())
                .as("%s: %s", List.of(arguments), Files.readString(directory.resolve("stderr")))
                .isZero();
        return output;
    }

    /** Begins a command; whoever asks for it ends it. */
    Process start(String... arguments) throws IOException {
        List<String> command =
                new ArrayList<>(List.of(RunningOriel.ROOT.resolve("oriel").toString()));
        command.addAll(List.of(arguments));
        command.addAll(List.of("--data", oriel.data().toString()));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("XDG_CONFIG_HOME", directory.resolve("config").toString());
        builder.environment().put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        builder.redirectError(directory.resolve("stderr").toFile());
        return builder.start();
    }

    /** Logs in as the administrator that Oriel made. */
    void loginAsAdministrator() throws IOException, InterruptedException {
        run(
                Files.readString(oriel.data().resolve("admin-password")),
                "login",
                "admin",
                "--password-stdin",
                "--url",
                oriel.url());
    }
}

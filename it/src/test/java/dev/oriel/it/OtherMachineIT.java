package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code --listen} and {@code --public-url}, tried from a second network namespace that plays the other machine. */
class OtherMachineIT {
    private static final String NAMESPACE =
            "oriel-it-" + ProcessHandle.current().pid() % 10_000;
    private static final String HERE = "10.213.77.1";
    private static final String THERE = "10.213.77.2";

    @BeforeEach
    void connectTheOtherMachine() {
        run("ip", "netns", "add", NAMESPACE);
        run("ip", "link", "add", "oriel-it0", "type", "veth", "peer", "name", "oriel-it1", "netns", NAMESPACE);
        run("ip", "addr", "add", HERE + "/30", "dev", "oriel-it0");
        run("ip", "link", "set", "oriel-it0", "up");
        run("ip", "-n", NAMESPACE, "addr", "add", THERE + "/30", "dev", "oriel-it1");
        run("ip", "-n", NAMESPACE, "link", "set", "oriel-it1", "up");
    }

    @AfterEach
    void disconnect() {
        run("ip", "netns", "delete", NAMESPACE);
    }

    @Test
    void anotherMachine_usesOriel_byItsPublicUrl() {
        int port = RunningOriel.freePort();
        String url = "https://" + HERE + ":" + port;
        try (RunningOriel oriel = RunningOriel.launch(
                RunningOriel.newData("listen"), port, "--host=sim", "--listen", HERE, "--public-url", url)) {
            oriel.awaitReady();
            assertThat(oriel.said("Oriel is ready: " + url)).isTrue();
            String page = curl(oriel, url + "/pages/login");
            assertThat(page).contains("<form");
            String registered = curl(
                    oriel,
                    "-H",
                    "Content-Type: application/json",
                    "-H",
                    "Accept: application/json",
                    "-d",
                    "{\"username\":\"visitor\",\"password\":\"correct horse battery 7\"}",
                    url + "/api/auth/register");
            assertThat(registered).contains("accessToken");
            String token = registered.replaceAll("(?s).*\"accessToken\":\"([^\"]+)\".*", "$1");
            String vm = curl(
                    oriel,
                    "-H",
                    "Authorization: Bearer " + token,
                    "-H",
                    "Content-Type: application/json",
                    "-d",
                    "{\"template\":\"tiny\"}",
                    url + "/api/vm");
            assertThat(vm).contains("\"url\":\"wss://" + HERE + ":" + port + "/vnc/");
        }
    }

    private static String curl(RunningOriel oriel, String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                "ip",
                "netns",
                "exec",
                NAMESPACE,
                "curl",
                "-sS",
                "--max-time",
                "30",
                "--cacert",
                oriel.data().resolve("tls/ca.pem").toString()));
        command.addAll(List.of(arguments));
        return run(command.toArray(String[]::new));
    }

    private static String run(String... command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue())
                    .as("%s: %s", String.join(" ", command), output)
                    .isZero();
            return output;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }
}

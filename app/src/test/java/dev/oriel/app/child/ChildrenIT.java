package dev.oriel.app.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildrenIT {
    @TempDir
    Path directory;

    private Children children;

    @BeforeEach
    void open() {
        children = new Children(directory.resolve("child"));
    }

    @AfterEach
    void close() {
        children.close();
    }

    @Test
    void killedChild_isBackWithinTwoSeconds() {
        Child child = children.supervise(sleeper("sleeper"));
        long first = child.pid().orElseThrow();
        ProcessHandle.of(first).orElseThrow().destroyForcibly();
        Awaitility.await()
                .atMost(Duration.ofSeconds(2))
                .until(() -> child.pid().filter(pid -> pid != first).isPresent());
        assertThat(child.ends()).isEqualTo(1);
    }

    @Test
    void close_endsAllChildren_alsoThoseThatIgnoreTerm_andAllowsNoNewOnes() {
        Child polite = children.supervise(sleeper("polite"));
        Child deaf = children.supervise(shell("deaf", "trap '' TERM; while :; do sleep 0.1; done"));
        long politePid = polite.pid().orElseThrow();
        long deafPid = deaf.pid().orElseThrow();
        children.close();
        assertThat(ProcessIdentity.of(politePid)).isEmpty();
        assertThat(ProcessIdentity.of(deafPid)).isEmpty();
        assertThat(directory.resolve("child")).isEmptyDirectory();
        assertThatThrownBy(() -> children.supervise(sleeper("late"))).isInstanceOf(Interruption.class);
    }

    @Test
    void close_endsARunningTool() {
        Thread tool = Thread.ofPlatform()
                .start(() -> assertThatThrownBy(
                                () -> children.run("sleep", Duration.ofMinutes(1), List.of("sleep", "60")))
                        .isInstanceOf(ChildFailure.class));
        Awaitility.await()
                .until(() -> ProcessHandle.current().children().findAny().isPresent());
        children.close();
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !tool.isAlive());
    }

    @Test
    void orphan_isEnded_butAnotherProcessWithItsPidIsNot() throws IOException {
        Child child = children.supervise(sleeper("orphan"));
        long pid = child.pid().orElseThrow();
        Path record = directory.resolve("child/orphan");
        ProcessIdentity identity = ProcessIdentity.of(pid).orElseThrow();
        Children later = new Children(directory.resolve("child"));

        Files.writeString(record, new ProcessIdentity(pid, identity.startTicks() + 1, identity.boot()).toString());
        assertThat(later.endOrphans(Duration.ofSeconds(5))).isEmpty();
        assertThat(identity.isAlive()).isTrue();

        Files.writeString(record, identity.toString());
        assertThat(later.endOrphans(Duration.ofSeconds(5))).containsExactly("orphan");
        assertThat(identity.isAlive()).isFalse();
        later.close();
    }

    @Test
    void tool_getsItsInput_andItsLastWordsAreToldWhenItFails() {
        assertThat(children.run(
                        "cat", Duration.ofSeconds(10), List.of("cat"), "hello".getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("hello");
        assertThatThrownBy(() -> children.run(
                        "talker", Duration.ofSeconds(10), List.of("sh", "-c", "echo first; echo out of luck; exit 3")))
                .isInstanceOf(ChildFailure.class)
                .hasMessageContaining("talker failed (status 3)")
                .hasMessageContaining("out of luck");
        assertThatThrownBy(() -> children.run("sleep", Duration.ofMillis(100), List.of("sleep", "60")))
                .isInstanceOf(ChildFailure.class);
    }

    @Test
    void childsEnvironment_isItsOwn_andItLeadsItsOwnSession() throws IOException {
        Child child = children.supervise(shell("env", "env; exec sleep 60"));
        Path log = directory.resolve("env.log");
        Awaitility.await()
                .until(() -> Files.exists(log) && Files.readString(log).contains("LC_ALL"));
        assertThat(Files.readString(log)).contains("COLOUR=blue").doesNotContain("HOME=");
        String stat = Files.readString(Path.of("/proc/" + child.pid().orElseThrow() + "/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        assertThat(fields[3]).as("session").isEqualTo(String.valueOf(child.pid().orElseThrow()));
    }

    private ChildSpec sleeper(String name) {
        return shell(name, "exec sleep 60");
    }

    private ChildSpec shell(String name, String script) {
        return new ChildSpec(
                name,
                List.of("sh", "-c", script),
                Map.of("COLOUR", "blue"),
                directory.resolve(name + ".log"),
                Signal.TERM,
                Duration.ofMillis(500));
    }
}

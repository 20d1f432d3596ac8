package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Ctrl-C during any step of {@code up} leaves nothing running, and the next {@code up} goes on from there. */
class InterruptedStartIT {
    private static final Duration STEP_LIMIT = Duration.ofMinutes(5);
    private static final Set<String> NOT_SOURCES = Set.of("target", ".git");

    @Test
    void whileServersStart() {
        Path data = RunningOriel.newData("interrupted");
        for (int millis : List.of(300, 1_000, 2_000, 4_000, 6_000)) {
            RunningOriel up = RunningOriel.launch(data, RunningOriel.freePort(), "--host=sim");
            pause(Duration.ofMillis(millis));
            stopAndLookAround(up, data);
        }
        try (RunningOriel up = RunningOriel.start(data, "--host=sim")) {
            OrielUser user = OrielUser.register(up);
            user.deleteFully(user.createRunning("tiny").path("id").asString());
        }
    }

    @Test
    void whileImagesAreBuilt() {
        Path data = RunningOriel.newData("images");
        // Images of its own, so that there is something to build.
        List<String> prefix = List.of("env", "ORIEL_HOST_IMAGE_CACHE=" + data.resolve("images"));
        for (int seconds : List.of(1, 3)) {
            RunningOriel up = RunningOriel.launchFrom(RunningOriel.ROOT, prefix, data, RunningOriel.freePort());
            up.awaitReady();
            pause(Duration.ofSeconds(seconds));
            stopAndLookAround(up, data);
        }
        try (RunningOriel up = RunningOriel.launchFrom(RunningOriel.ROOT, prefix, data, RunningOriel.freePort())) {
            up.awaitReady();
            OrielUser user = OrielUser.register(up);
            user.awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
            user.deleteFully(user.createRunning("tiny").path("id").asString());
        }
    }

    @Test
    void whileOrielIsBuilt() throws IOException {
        Path data = RunningOriel.newData("built");
        Path home = copySources(RunningOriel.newData("sources").resolve("oriel"));
        List<String> prefix = List.of("env", "-u", "ORIEL_SKIP_BUILD");
        RunningOriel building = up(home, prefix, data);
        building.awaitOutput("… build", STEP_LIMIT);
        pause(Duration.ofSeconds(4));
        stopAndLookAround(building, home);
        RunningOriel training = up(home, prefix, data);
        training.awaitOutput("… start-up cache", STEP_LIMIT);
        pause(Duration.ofSeconds(3));
        stopAndLookAround(training, home);
        try (RunningOriel up = up(home, List.of("env", "-u", "ORIEL_SKIP_BUILD", "ORIEL_START_CACHE=no"), data)) {
            up.awaitReady();
            assertThat(up.said("… build")).as("what was built stays built").isFalse();
        }
    }

    private static RunningOriel up(Path home, List<String> prefix, Path data) {
        return RunningOriel.launchFrom(home, prefix, data, RunningOriel.freePort(), "--host=sim");
    }

    /** Everything that {@code up} started names {@code directory}: its data or, while it is built, its sources. */
    private static void stopAndLookAround(RunningOriel up, Path directory) {
        up.stop();
        assertThat(RunningOriel.processesNaming(directory))
                .as("processes after SIGTERM; output:\n%s", up.output())
                .isEmpty();
        assertThat(up.findSockets()).as("directory of sockets after SIGTERM").isEmpty();
    }

    private static void pause(Duration time) {
        Awaitility.await().pollDelay(time).atMost(time.plusSeconds(20)).until(() -> true);
    }

    private static Path copySources(Path home) throws IOException {
        Files.walkFileTree(RunningOriel.ROOT, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (NOT_SOURCES.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(home.resolve(RunningOriel.ROOT.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(
                        file,
                        home.resolve(RunningOriel.ROOT.relativize(file)),
                        StandardCopyOption.COPY_ATTRIBUTES,
                        LinkOption.NOFOLLOW_LINKS);
                return FileVisitResult.CONTINUE;
            }
        });
        return home;
    }
}

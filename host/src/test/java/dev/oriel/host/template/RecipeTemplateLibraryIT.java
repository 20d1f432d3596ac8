package dev.oriel.host.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Builds with small real recipes: shell scripts that behave as image builds do, well and badly. */
class RecipeTemplateLibraryIT {
    private static final String GOOD = """
            #!/bin/sh
            echo "oriel-progress 40 Cooking"
            echo "said to the log" >&2
            cp "$(dirname "$0")/image" "$2.tmp"
            mv "$2.tmp" "$2"
            echo "$(basename "$(dirname "$0")")" >> "$(dirname "$2")/built"
            """;

    @TempDir
    Path dir;

    private Path recipes;
    private Path cache;
    private Path bases;

    @BeforeEach
    void layOut() throws IOException {
        recipes = Files.createDirectories(dir.resolve("recipes"));
        Files.createDirectories(recipes.resolve("lib"));
        cache = dir.resolve("cache");
        bases = dir.resolve("data/vms/base");
    }

    @Test
    void aRecipe_becomesAReadOnlyBaseImage_namedByItsDigest() throws IOException {
        recipe("tiny", GOOD);
        try (RecipeTemplateLibrary library = open()) {
            ReadyTemplate tiny = awaitReady(library, "tiny");
            BaseImage base = tiny.base().orElseThrow();
            assertThat(base.file())
                    .hasParent(bases)
                    .hasFileName(base.digest() + ".qcow2")
                    .hasDigest("SHA-256", base.digest().value());
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(base.file())))
                    .isEqualTo("r--r--r--");
            assertThat(base.virtualSize()).isEqualTo(Bytes.ofGiB(3));
            assertThat(tiny.disk()).as("never smaller than its base image").isEqualTo(Bytes.ofGiB(3));
            TemplateStatus status = status(library, "tiny");
            assertThat(status.ready()).isTrue();
            assertThat(status.progress()).isEqualTo(100);
            assertThat(cache.resolve("log/tiny.log")).hasContent("said to the log");
            assertThat(cache.resolve("work")).isEmptyDirectory();
        }
    }

    @Test
    void aSecondStart_isReadyAtOnce_withoutBuildingOrReadingAgain() throws IOException {
        recipe("tiny", GOOD);
        Path base;
        try (RecipeTemplateLibrary library = open()) {
            base = awaitReady(library, "tiny").base().orElseThrow().file();
        }
        FileTime before = Files.getLastModifiedTime(base);
        try (RecipeTemplateLibrary library = open()) {
            assertThat(library.ready(new TemplateName("tiny"))).isPresent();
        }
        assertThat(Files.getLastModifiedTime(base)).isEqualTo(before);
        assertThat(cache.resolve("built")).hasContent("tiny");
    }

    @Test
    void anotherDataDirectory_takesTheImageFromTheSharedCache() throws IOException {
        recipe("tiny", GOOD);
        try (RecipeTemplateLibrary library = open()) {
            awaitReady(library, "tiny");
        }
        bases = dir.resolve("other/vms/base");
        try (RecipeTemplateLibrary library = open()) {
            assertThat(awaitReady(library, "tiny").base().orElseThrow().file()).hasParent(bases);
        }
        assertThat(cache.resolve("built")).hasContent("tiny");
    }

    @Test
    void aChangedRecipe_isBuiltAnew() throws IOException {
        recipe("tiny", GOOD);
        try (RecipeTemplateLibrary library = open()) {
            awaitReady(library, "tiny");
        }
        Files.writeString(recipes.resolve("lib/shared"), "changed");
        try (RecipeTemplateLibrary library = open()) {
            awaitReady(library, "tiny");
        }
        assertThat(cache.resolve("built")).hasContent("tiny\ntiny");
        try (Stream<Path> images =
                Files.list(cache).filter(file -> file.toString().endsWith(".qcow2"))) {
            assertThat(images)
                    .as("the older image may serve an older Oriel for a week")
                    .hasSize(2);
        }
    }

    @Test
    void aFailedBuild_saysItsLastWords_andTheOthersAreStillBuilt() throws IOException {
        recipe("tiny", """
                #!/bin/sh
                echo "oriel-progress 30 Trying"
                echo "first trouble" >&2
                echo "tiny: no space left on device" >&2
                exit 3
                """);
        recipe("zebra", GOOD);
        try (RecipeTemplateLibrary library = open()) {
            awaitReady(library, "zebra");
            TemplateStatus tiny = status(library, "tiny");
            assertThat(tiny.failed()).isTrue();
            assertThat(tiny.ready()).isFalse();
            assertThat(tiny.progress()).isEqualTo(30);
            assertThat(tiny.step()).contains("tiny: no space left on device");
            assertThat(library.ready(new TemplateName("tiny"))).isEmpty();
        }
    }

    @Test
    void anImageThatRefersToOtherFiles_isRefused() throws IOException {
        recipe("tiny", GOOD);
        Files.write(recipes.resolve("tiny/image"), qcow2(Bytes.ofGiB(3), 104));
        try (RecipeTemplateLibrary library = open()) {
            await().until(() -> status(library, "tiny").failed());
            assertThat(status(library, "tiny").step()).contains("a base image must not refer to other files");
            assertThat(library.ready(new TemplateName("tiny"))).isEmpty();
        }
    }

    @Test
    void closing_endsTheBuildWithItsChildren_andTheNextStartResumesIt() throws IOException {
        recipe("tiny", """
                #!/bin/sh
                if [ -e "$1/halfway" ]; then
                    cp "$(dirname "$0")/image" "$2.tmp" && mv "$2.tmp" "$2"
                    exit
                fi
                touch "$1/halfway"
                sleep 1000 &
                echo $! > "$1/child"
                trap '' TERM
                echo "oriel-progress 55 Halfway"
                wait
                wait
                sleep 1000
                """);
        long child;
        try (RecipeTemplateLibrary library = open()) {
            await().until(() -> status(library, "tiny").progress() == 55);
            assertThat(status(library, "tiny").step()).contains("Halfway");
            child = Long.parseLong(
                    Files.readString(work("tiny").resolve("child")).strip());
            assertThat(ProcessHandle.of(child)).isPresent();
        }
        await().until(() ->
                ProcessHandle.of(child).filter(ProcessHandle::isAlive).isEmpty());
        try (RecipeTemplateLibrary library = open()) {
            awaitReady(library, "tiny");
        }
    }

    @Test
    void twoLibrariesOnOneCache_buildOnce() throws IOException {
        recipe("tiny", GOOD.replace("cp ", "sleep 0.3; cp "));
        try (RecipeTemplateLibrary first = open()) {
            bases = dir.resolve("other/vms/base");
            try (RecipeTemplateLibrary second = open()) {
                awaitReady(first, "tiny");
                awaitReady(second, "tiny");
            }
        }
        assertThat(cache.resolve("built")).hasContent("tiny");
    }

    @Test
    void tinyAndDesktopComeFirst_andARecipeWithoutBuildIsAnEmptyDisk() throws IOException {
        for (String name : List.of("alpha", "desktop", "tiny")) {
            recipe(name, GOOD);
        }
        Files.delete(recipe("blank", GOOD).resolve("build"));
        Files.createDirectories(recipes.resolve("broken"));
        Files.writeString(recipes.resolve("broken/template.json"), "{");
        try (RecipeTemplateLibrary library = open()) {
            assertThat(library.ready(new TemplateName("blank")).orElseThrow().base())
                    .isEmpty();
            awaitReady(library, "alpha");
            assertThat(library.statuses())
                    .extracting(status -> status.name().value())
                    .containsExactly("tiny", "desktop", "alpha", "blank");
            assertThat(cache.resolve("built")).hasContent("tiny\ndesktop\nalpha");
        }
    }

    private RecipeTemplateLibrary open() throws IOException {
        return RecipeTemplateLibrary.start(recipes, cache, bases);
    }

    private static ReadyTemplate awaitReady(RecipeTemplateLibrary library, String name) {
        return await().atMost(Duration.ofSeconds(20))
                .until(() -> library.ready(new TemplateName(name)), Optional::isPresent)
                .orElseThrow();
    }

    private static TemplateStatus status(RecipeTemplateLibrary library, String name) {
        return library.statuses().stream()
                .filter(status -> status.name().value().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Path work(String name) throws IOException {
        try (Stream<Path> works = Files.list(cache.resolve("work"))) {
            return works.filter(work -> work.getFileName().toString().startsWith(name + "-"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private Path recipe(String name, String build) throws IOException {
        Path directory = Files.createDirectories(recipes.resolve(name));
        Files.writeString(directory.resolve("template.json"), """
                {"name": "%s", "title": "A title", "description": "What it is", "cpus": 1, "memoryMiB": 64,
                 "diskGiB": 1, "network": "none", "pointer": "usb", "display": "std"}
                """.formatted(name));
        Path program = Files.writeString(directory.resolve("build"), build);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.write(directory.resolve("image"), qcow2(Bytes.ofGiB(3), 0));
        return directory;
    }

    /** The first 104 bytes of a qcow2 version 3 file. */
    private static byte[] qcow2(Bytes virtualSize, long backingFileOffset) {
        return ByteBuffer.allocate(104)
                .putInt(0x514649fb)
                .putInt(3)
                .putLong(backingFileOffset)
                .putInt(0)
                .putInt(16)
                .putLong(virtualSize.value())
                .array();
    }
}

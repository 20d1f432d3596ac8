package dev.oriel.api.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A public generator makes a client of {@code /openapi.json}, and the client works: OpenAPI Generator's Java one. */
class GeneratedClientIT {
    private static final Path GENERATOR =
            Path.of("target/generator/openapi-generator-cli.jar").toAbsolutePath();
    private static final Path PROGRAM =
            Path.of("src/test/client/UseClient.java").toAbsolutePath();
    private static final long LIMIT_SECONDS = 120;

    @TempDir
    Path directory = Path.of("unset");

    @Test
    void clientOfAGenerator_registersMakesAndDeletesAVm() throws Exception {
        try (TestPlatform platform = new TestPlatform()) {
            Path description = Files.writeString(
                    directory.resolve("openapi.json"),
                    platform.api.get("/openapi.json").body());
            run(
                    "-XX:TieredStopAtLevel=1",
                    "-jar",
                    GENERATOR.toString(),
                    "generate",
                    "--input-spec=" + description,
                    "--generator-name=java",
                    "--library=native",
                    "--output=" + directory,
                    "--additional-properties=openApiNullable=false,useJakartaEe=true,hideGenerationTimestamp=true",
                    "--global-property=apiTests=false,modelTests=false,apiDocs=false,modelDocs=false");
            compile();
            assertThat(run(
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            directory.resolve("classes") + ":" + System.getProperty("java.class.path"),
                            "UseClient",
                            platform.api.uri("").toString()))
                    .contains("everything works");
        }
    }

    private void compile() throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of(
                "-proc:none",
                "-nowarn",
                "-d",
                directory.resolve("classes").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                PROGRAM.toString()));
        try (Stream<Path> sources = Files.walk(directory.resolve("src/main/java"))) {
            sources.map(Path::toString).filter(name -> name.endsWith(".java")).forEach(arguments::add);
        }
        Path file = Files.write(directory.resolve("arguments"), arguments);
        start("javac", "-J-XX:TieredStopAtLevel=1", "@" + file);
    }

    private String run(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("java"));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    private String start(String program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(program));
        command.addAll(List.of(arguments));
        return start(command.toArray(String[]::new));
    }

    private String start(String[] command) throws IOException, InterruptedException {
        command[0] = Path.of(System.getProperty("java.home"), "bin", command[0]).toString();
        Path output = directory.resolve("output");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        assertThat(process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output);
        assertThat(process.exitValue()).as(said).isZero();
        return said;
    }
}

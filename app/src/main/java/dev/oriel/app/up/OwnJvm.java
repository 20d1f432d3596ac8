package dev.oriel.app.up;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** How to start another JVM like this one: same Java, same flags, same class path. */
final class OwnJvm {
    private static final String MAIN = "dev.oriel.app.Oriel";

    private OwnJvm() {}

    /** Java and its flags, without those that belong to this process alone; more may be added. */
    static List<String> command() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                .filter(argument -> !argument.startsWith("-agentlib") && !argument.startsWith("-Doriel."))
                .forEach(command::add);
        command.add("-Doriel.home=" + System.getProperty("oriel.home", "."));
        return command;
    }

    /** Class path and main class: what follows are the program's arguments. */
    static List<String> main() {
        return List.of("-cp", Objects.requireNonNull(System.getProperty("java.class.path")), MAIN);
    }
}

package dev.oriel.app.doctor;

import dev.oriel.app.child.Children;
import dev.oriel.app.data.DataDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code oriel doctor}. */
@Command(
        name = "doctor",
        description = "What works on this machine: ✓ good, ! works but poorly, ✗ missing; with the cure.",
        mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
    private static final Pattern VERSION = Pattern.compile("\\d+\\.\\d+(\\.\\d+)?");

    @Option(names = "--data", paramLabel = "DIR", description = "The data directory to look at.")
    private @Nullable Path data;

    @Override
    public Integer call() {
        Path place = data == null
                ? DataDirectory.standard(System.getProperty("user.name"), Path.of(System.getProperty("user.home")))
                : data;
        boolean good = true;
        try (Children tools = new Children(Path.of("/nonexistent"))) {
            for (Supplier<Finding> look : looks(new Machine(tools), place)) {
                Finding finding = look.get();
                System.out.println(finding);
                good &= finding.verdict() != Finding.Verdict.BAD;
            }
        }
        return good ? 0 : 1;
    }

    private static List<Supplier<Finding>> looks(Machine machine, Path place) {
        return List.of(
                machine::jdk,
                () -> machine.program("QEMU", "qemu-system-x86", List.of("qemu-system-x86_64", "--version"), VERSION),
                Acceleration::look,
                () -> machine.program("qemu-img", "qemu-utils", List.of("qemu-img", "--version"), VERSION),
                () -> machine.program("nginx", "nginx", List.of("/usr/sbin/nginx", "-v"), VERSION),
                () -> machine.program("mmdebstrap", "mmdebstrap", List.of("mmdebstrap", "--version"), VERSION),
                () -> machine.program("newuidmap", "uidmap", List.of("sh", "-c", "command -v newuidmap"), VERSION),
                machine::userNamespaces,
                machine::subordinateIds,
                Isolation::look,
                Isolation::limits,
                Isolation::egress,
                machine::memory,
                () -> machine.disk(place),
                () -> machine.port(8443, "--port"),
                () -> machine.port(8080, "--http-port"));
    }
}

package dev.oriel.bench.api;

import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code ./oriel bench api}: a whole Oriel under load, beside FastAPI where there is something to compare with. */
@Command(
        name = "api",
        description = "The API and the control loop: rates, convergence, idle cost, uploads, and FastAPI beside it.",
        mixinStandardHelpOptions = true)
public final class ApiBench implements Callable<Integer> {
    private static final Path DISK = Path.of("/var/tmp");
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Duration TEMPLATE_LIMIT = Duration.ofMinutes(10);
    private static final int USERS = 32;
    private static final int REAL_USERS = 4;

    @Option(names = "--quick", description = "Smaller sizes: about five minutes.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PART",
            description = "Of idle, lives, list, reconcile, upload, memory, real, converge (default: all).")
    private Set<String> only = Set.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all numbers there, too.")
    private @Nullable Path json;

    private final List<Row> rows = new ArrayList<>();
    private boolean failed;

    private interface Part {
        void measure() throws IOException, SQLException;
    }

    @Override
    public Integer call() throws IOException, SQLException {
        Path home = Path.of(System.getProperty("oriel.home", ".")).toAbsolutePath();
        Sizes sizes = quick ? Sizes.QUICK : Sizes.FULL;
        if (wants("idle", "lives", "list", "reconcile")) {
            simulated(home, sizes);
        }
        if (wants("upload", "memory")) {
            uploads(MEMORY, "memory", sizes);
            uploads(DISK, "disk", sizes);
        }
        if (wants("real", "converge")) {
            real(sizes);
        }
        report();
        return failed ? 1 : 0;
    }

    private boolean wants(String... parts) {
        return only.isEmpty() || List.of(parts).stream().anyMatch(only::contains);
    }

    /** One part that fails must not cost the others. */
    private void part(String name, String title, Part part) {
        if (!wants(name)) {
            return;
        }
        System.out.println(title);
        try {
            part.measure();
        } catch (IOException | SQLException | RuntimeException e) {
            failed = true;
            System.out.println("  failed: " + e + (e.getCause() == null ? "" : ": " + e.getCause()));
        }
    }

    /** What needs no guests: the simulated host holds VMs by the thousand. */
    private void simulated(Path home, Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(DISK, Map.of("ORIEL_HOST_MAX_VMS", "1000"), "--host=sim")) {
            part("idle", "idle", () -> keep(new Idleness(oriel).measure(sizes.idle(), "nobody there")));
            part("lives", "create and delete, simulated host", () -> {
                Lifecycles lives = new Lifecycles(BenchUser.register(oriel, "life", USERS), "tiny");
                lives.warmUp(sizes.warmUp().dividedBy(2));
                keep(lived(oriel, lives, sizes, 150, "create + delete, simulated host", USERS));
            });
            part(
                    "list",
                    "GET /vm",
                    () -> new Listing(oriel, home, sizes).measure().forEach(this::keep));
            part(
                    "reconcile",
                    "reconcile",
                    () -> new Reconciling(oriel).measure().forEach(this::keep));
        }
    }

    /** To the disk, whose own rate is the limit, and to memory, which shows what the way there costs. */
    private void uploads(Path place, String where, Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(place, "--host=sim", "--split")) {
            Uploading uploading = new Uploading(oriel, where, sizes.uploadMiB());
            part("upload", "upload to " + where, () -> uploading.oneStream().forEach(this::keep));
            part("memory", "fifty uploads to " + where, () -> keep(uploading.memory(oriel.role("api"))));
        }
    }

    private void real(Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(DISK, "--split")) {
            BenchUser somebody = BenchUser.register(oriel, "wait", 1).getFirst();
            Pause.until("template tiny", TEMPLATE_LIMIT, () -> tinyIsReady(somebody));
            part("real", "create and delete, real QEMU", () -> {
                Lifecycles lives = new Lifecycles(BenchUser.register(oriel, "real", REAL_USERS), "tiny");
                lives.run(sizes.lives().dividedBy(2));
                keep(lived(oriel, lives, sizes, 5, "create + delete, real QEMU, `tiny`", REAL_USERS));
            });
            part(
                    "converge",
                    "kill -9",
                    () -> new Convergence(oriel).measure(sizes).forEach(this::keep));
        }
    }

    private static Row lived(BenchedOriel oriel, Lifecycles lives, Sizes sizes, double aim, String name, int users)
            throws IOException {
        Cpu before = Cpu.of(oriel.family());
        Lifecycles.Result result = lives.run(sizes.lives());
        String cost = Cpu.of(oriel.family()).since(before, result.creates().size());
        return Row.atLeast(aim, name, result.perSecond(), "/s", result.note(users) + "; each life took " + cost);
    }

    private static boolean tinyIsReady(BenchUser user) {
        try {
            for (var template : user.get("/vm/templates").body()) {
                if (template.path("name").asString("").equals("tiny")) {
                    return template.path("ready").asBoolean(false);
                }
            }
            return false;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private void keep(Row row) {
        rows.add(row);
        System.out.println("  " + row.text());
    }

    private void report() throws IOException {
        System.out.println("\n| what | measured | aim | how |\n|---|---|---|---|");
        rows.forEach(row -> System.out.println(row.text()));
        if (json != null) {
            Map<String, Object> all = Map.of(
                    "benchmark", "api", "rows", rows.stream().map(Row::json).toList());
            Files.writeString(json, OrielJson.mapper().writeValueAsString(all));
        }
    }
}

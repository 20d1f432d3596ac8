package dev.oriel.bench.api;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code ./oriel bench api}: a whole Oriel under load, beside FastAPI where there is something to compare with. */
@Command(
        name = "api",
        description = {
            "The API and the control loop: rates, convergence, idle cost, uploads, and FastAPI beside it.",
            "Parts: idle, lives, list, reconcile, upload, memory, real, converge."
        },
        mixinStandardHelpOptions = true)
public final class ApiBench implements Callable<Integer> {
    private static final Path DISK = Path.of("/var/tmp");
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final Duration TEMPLATE_LIMIT = Duration.ofMinutes(10);
    private static final int USERS = 32;
    private static final int REAL_USERS = 4;

    @Option(names = "--quick", description = "Smaller sizes: about five minutes.")
    private boolean quick;

    @Mixin
    private final Parts parts = new Parts();

    @Override
    public Integer call() throws IOException, SQLException {
        Path home = Path.of(System.getProperty("oriel.home", ".")).toAbsolutePath();
        Sizes sizes = quick ? Sizes.QUICK : Sizes.FULL;
        if (parts.wants("idle", "lives", "list", "reconcile")) {
            simulated(home, sizes);
        }
        if (parts.wants("upload", "memory")) {
            uploads(MEMORY, "memory", sizes);
            uploads(DISK, "disk", sizes);
        }
        if (parts.wants("real", "converge")) {
            real(sizes);
        }
        return parts.report("api", Map.of());
    }

    /** What needs no guests: the simulated host holds VMs by the thousand. */
    private void simulated(Path home, Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(DISK, Map.of("ORIEL_HOST_MAX_VMS", "1000"), "--host=sim")) {
            parts.measure("idle", "idle", () -> parts.keep(new Idleness(oriel).measure(sizes.idle(), "nobody there")));
            parts.measure("lives", "create and delete, simulated host", () -> {
                Lifecycles lives = new Lifecycles(BenchUser.register(oriel, "life", USERS), "tiny");
                lives.warmUp(sizes.warmUp().dividedBy(2), oriel.family());
                parts.keep(lived(oriel, lives, sizes, 150, "create + delete, simulated host", USERS));
            });
            parts.measure("list", "GET /vm", () -> parts.keep(new Listing(oriel, home, sizes).measure()));
            parts.measure("reconcile", "reconcile", () -> parts.keep(new Reconciling(oriel).measure()));
        }
    }

    /** To the disk, whose own rate is the limit, and to memory, which shows what the way there costs. */
    private void uploads(Path place, String where, Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(place, "--host=sim", "--split")) {
            Uploading uploading = new Uploading(oriel, where, sizes.uploadMiB());
            parts.measure("upload", "upload to " + where, () -> parts.keep(uploading.oneStream()));
            parts.measure("memory", "fifty uploads to " + where, () -> parts.keep(uploading.memory(oriel.role("api"))));
        }
    }

    private void real(Sizes sizes) throws IOException {
        try (BenchedOriel oriel = BenchedOriel.start(DISK, "--split")) {
            BenchUser somebody = BenchUser.register(oriel, "wait", 1).getFirst();
            Pause.until("template tiny", TEMPLATE_LIMIT, () -> tinyIsReady(somebody));
            parts.measure("real", "create and delete, real QEMU", () -> {
                Lifecycles lives = new Lifecycles(BenchUser.register(oriel, "real", REAL_USERS), "tiny");
                lives.warmUp(sizes.warmUp().dividedBy(4), oriel.family());
                parts.keep(lived(oriel, lives, sizes, 5, "create + delete, real QEMU, `tiny`", REAL_USERS));
            });
            parts.measure("converge", "kill -9", () -> parts.keep(new Convergence(oriel).measure(sizes)));
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
}

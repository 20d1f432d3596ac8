package dev.oriel.bench.desktop;

import dev.oriel.bench.api.BenchUser;
import dev.oriel.bench.api.BenchedOriel;
import dev.oriel.bench.api.Numbers;
import dev.oriel.bench.api.Parts;
import dev.oriel.bench.api.Pause;
import dev.oriel.bench.api.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code ./oriel bench desktop}: how soon a whole desktop is there, and what one costs. */
@Command(
        name = "desktop",
        description = {
            "Desktops: cold boot, instant starts, suspend, resume, fork, and what an idle one costs.",
            "Parts: start, suspend, fork, idle, alive, cold."
        },
        mixinStandardHelpOptions = true)
public final class DesktopBench implements Callable<Integer> {
    private static final Path DISK = Path.of("/var/tmp");
    private static final Duration FREEZE_LIMIT = Duration.ofMinutes(12);

    @Option(names = "--rounds", paramLabel = "N", description = "Of each start; ${DEFAULT-VALUE} by default.")
    private int rounds = 20;

    @Option(names = "--cold", paramLabel = "N", description = "Cold boots; ${DEFAULT-VALUE} by default.")
    private int cold = 3;

    @Option(names = "--alive", paramLabel = "N", description = "Clones alive at once; ${DEFAULT-VALUE} by default.")
    private int alive = 24;

    @Mixin
    private final Parts parts = new Parts();

    @Override
    public Integer call() throws IOException {
        Map<String, String> settings = Map.of(
                "ORIEL_HOST_POOL", "desktop=1,tiny=0",
                "ORIEL_HOST_POOL_MOST", "1",
                "ORIEL_PAUSE_UNWATCHED_AFTER", "1s",
                "ORIEL_HOST_MAX_VMS", "200");
        System.out.println("load before: " + load());
        try (BenchedOriel oriel = BenchedOriel.start(DISK, settings)) {
            BenchUser user = BenchUser.register(oriel, "desk", 1).getFirst();
            double seconds = Pause.until("a frozen desktop and a warm clone", FREEZE_LIMIT, () -> isWarm(user));
            System.out.println("template frozen and pool filled after " + Row.number(seconds) + " s");
            Starts starts = new Starts(oriel, user, () -> awaitWarm(user));
            part("start", "starts", () -> starts.warmAndFresh(rounds));
            part("suspend", "suspend and resume", () -> starts.suspended(rounds));
            part("fork", "fork", () -> starts.forked(Math.min(rounds, 10)));
            Costs costs = new Costs(oriel, user);
            part("idle", "idle clones", costs::idle);
            part("alive", "clones alive at once", () -> costs.alive(alive));
            part("cold", "cold boots", () -> starts.cold(cold));
        }
        ratio();
        int exit = parts.report("desktop", Map.of("load", load()));
        System.out.println("\nload after: " + load());
        return exit;
    }

    private interface Part {
        List<Row> measure() throws IOException;
    }

    private void part(String name, String title, Part part) {
        parts.measure(name, title + "; load " + load(), () -> parts.keep(part.measure()));
    }

    private static void awaitWarm(BenchUser user) {
        double _ = Pause.until("a warm clone", Duration.ofSeconds(60), () -> isWarm(user));
    }

    private static boolean isWarm(BenchUser user) {
        try {
            for (JsonNode template : user.get("/vm/templates").body()) {
                JsonNode pool = template.path("pool");
                if (template.path("name").asString("").equals("desktop")) {
                    return template.path("instant").asBoolean(false)
                            && pool.path("ready").asInt(0)
                                    == pool.path("target").asInt(1);
                }
            }
            return false;
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static String load() {
        try {
            return Files.readString(Path.of("/proc/loadavg")).strip();
        } catch (IOException e) {
            return "unknown";
        }
    }

    private void ratio() {
        double coldBoot = parts.valueOf(Starts.COLD);
        double warm = parts.valueOf(Starts.POOL);
        if (!Double.isNaN(coldBoot) && !Double.isNaN(warm)) {
            parts.keep(
                    Row.atLeast(300, "from the pool, times faster than a cold boot", coldBoot / warm, "×", "medians"));
        }
    }

    /** A row of the median with its p95. */
    static Row row(double aim, String name, List<Double> millis, String note) {
        String spread = "p95 " + Row.number(Numbers.quantile(millis, 0.95)) + " ms, n=" + millis.size();
        return Row.atMost(aim, name, Numbers.median(millis), "ms", note.isEmpty() ? spread : spread + "; " + note);
    }
}

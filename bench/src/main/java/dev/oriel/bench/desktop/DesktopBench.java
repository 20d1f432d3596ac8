package dev.oriel.bench.desktop;

import dev.oriel.bench.api.BenchUser;
import dev.oriel.bench.api.BenchedOriel;
import dev.oriel.bench.api.Numbers;
import dev.oriel.bench.api.Pause;
import dev.oriel.bench.api.Row;
import dev.oriel.core.json.OrielJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code ./oriel bench desktop}: how soon a whole desktop is there, and what one costs. */
@Command(
        name = "desktop",
        description = "Desktops: cold boot, instant starts, suspend, resume, fork, and what an idle one costs.",
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

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "PART",
            description = "Of start, suspend, fork, idle, alive, cold (default: all).")
    private Set<String> only = Set.of();

    @Option(names = "--json", paramLabel = "FILE", description = "Write all numbers there, too.")
    private @Nullable Path json;

    private final List<Row> rows = new ArrayList<>();
    private boolean failed;

    private interface Part {
        List<Row> measure() throws IOException;
    }

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
        report();
        return failed ? 1 : 0;
    }

    /** One part that fails must not cost the others. */
    private void part(String name, String title, Part part) {
        if (!only.isEmpty() && !only.contains(name)) {
            return;
        }
        System.out.println(title + "; load " + load());
        try {
            for (Row row : part.measure()) {
                rows.add(row);
                System.out.println("  " + row.text());
            }
        } catch (IOException | RuntimeException e) {
            failed = true;
            System.out.println("  failed: " + e);
        }
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
        double coldBoot = valueOf(Starts.COLD);
        double warm = valueOf(Starts.POOL);
        if (!Double.isNaN(coldBoot) && !Double.isNaN(warm)) {
            rows.add(Row.atLeast(300, "from the pool, times faster than a cold boot", coldBoot / warm, "×", "medians"));
        }
    }

    private double valueOf(String name) {
        return rows.stream()
                .filter(row -> row.name().equals(name))
                .mapToDouble(Row::value)
                .findFirst()
                .orElse(Double.NaN);
    }

    private void report() throws IOException {
        ratio();
        System.out.println("\n| what | measured | aim | how |\n|---|---|---|---|");
        rows.forEach(row -> System.out.println(row.text()));
        System.out.println("\nload after: " + load());
        if (json != null) {
            Map<String, Object> all = Map.of(
                    "benchmark",
                    "desktop",
                    "load",
                    load(),
                    "rows",
                    rows.stream().map(Row::json).toList());
            Files.writeString(json, OrielJson.mapper().writeValueAsString(all));
        }
    }

    /** A row of the median with its p95. */
    static Row row(double aim, String name, List<Double> millis, String note) {
        String spread = "p95 " + Row.number(Numbers.quantile(millis, 0.95)) + " ms, n=" + millis.size();
        return Row.atMost(aim, name, Numbers.median(millis), "ms", note.isEmpty() ? spread : spread + "; " + note);
    }
}

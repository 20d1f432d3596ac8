package dev.oriel.bench.desktop;

import dev.oriel.bench.api.BenchUser;
import dev.oriel.bench.api.BenchedOriel;
import dev.oriel.bench.api.Family;
import dev.oriel.bench.api.Numbers;
import dev.oriel.bench.api.Pause;
import dev.oriel.bench.api.Row;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What clones cost that nobody uses. */
final class Costs {
    private static final int CLONES = 12;
    private static final Duration SETTLE = Duration.ofSeconds(6);
    private static final Duration MEASURE = Duration.ofSeconds(15);
    private static final double MIB = 1 << 20;
    private static final double ROOM = 8192;

    private final BenchedOriel oriel;
    private final BenchUser user;

    Costs(BenchedOriel oriel, BenchUser user) {
        this.oriel = oriel;
        this.user = user;
    }

    List<Row> idle() throws IOException {
        List<Desktop> awake = make(CLONES / 2, "run");
        List<Desktop> paused = make(CLONES / 2, "pause");
        Pause.of(SETTLE);
        List<Double> awakeCpu = cpu(awake);
        List<Double> pausedCpu = cpu(paused);
        List<Double> awakeMemory = memory(awake);
        List<Double> pausedMemory = memory(paused);
        delete(awake);
        delete(paused);
        return List.of(
                memoryRow("idle clone that runs, memory (PSS)", awakeMemory),
                memoryRow("paused clone, memory (PSS)", pausedMemory),
                Row.only("idle clone that runs, processor", Numbers.median(awakeCpu), "% of a core", "of each"),
                Row.atMost(
                        0.1,
                        "paused clone, processor",
                        Numbers.median(pausedCpu),
                        "% of a core",
                        "max " + Row.number(Numbers.max(pausedCpu))));
    }

    private static Row memoryRow(String name, List<Double> memory) {
        return Row.atMost(
                60, name, Numbers.median(memory), "MiB", CLONES + " alive, max " + Row.number(Numbers.max(memory)));
    }

    /** Paused ones, as those that nobody watches are. */
    List<Row> alive(int count) throws IOException {
        List<Desktop> all = make(count, "pause");
        Pause.of(SETTLE);
        double sum = memory(all).stream().mapToDouble(Double::doubleValue).sum();
        double each = sum / count;
        try (Screen screen = all.getFirst().open()) {
            screen.awaitFrame();
            screen.typeAndSee('a');
        }
        delete(all);
        return List.of(Row.atLeast(
                12,
                "clones alive at once in 8 GiB",
                ROOM / each,
                "",
                count + " were, with " + Row.number(sum) + " MiB in all, " + Row.number(each) + " each"));
    }

    private List<Desktop> make(int count, String whenUnwatched) throws IOException {
        List<Desktop> made = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            made.add(Desktop.create(oriel, user, Map.of("whenUnwatched", whenUnwatched))
                    .desktop());
        }
        return made;
    }

    private static void delete(List<Desktop> desktops) throws IOException {
        for (Desktop desktop : desktops) {
            desktop.delete();
        }
    }

    private List<Double> cpu(List<Desktop> desktops) throws IOException {
        List<Family> guests = new ArrayList<>();
        for (Desktop desktop : desktops) {
            guests.add(new Family(oriel.guest(desktop.id())));
        }
        List<Double> before = guests.stream().map(Family::cpuSeconds).toList();
        long began = System.nanoTime();
        Pause.of(MEASURE);
        double elapsed = (System.nanoTime() - began) / 1e9;
        List<Double> percent = new ArrayList<>();
        for (int i = 0; i < guests.size(); i++) {
            percent.add(100 * (guests.get(i).cpuSeconds() - before.get(i)) / elapsed);
        }
        return percent;
    }

    private List<Double> memory(List<Desktop> desktops) throws IOException {
        List<Double> each = new ArrayList<>();
        for (Desktop desktop : desktops) {
            each.add(memory(desktop));
        }
        return each;
    }

    private double memory(Desktop desktop) throws IOException {
        return new Family(oriel.guest(desktop.id())).memory() / MIB;
    }
}

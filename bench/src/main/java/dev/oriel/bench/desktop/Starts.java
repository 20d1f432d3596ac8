package dev.oriel.bench.desktop;

import dev.oriel.bench.api.BenchUser;
import dev.oriel.bench.api.BenchedOriel;
import dev.oriel.bench.api.Numbers;
import dev.oriel.bench.api.Pause;
import dev.oriel.bench.api.Row;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** From a wish to a picture: by every way there is. */
final class Starts {
    static final String POOL = "from the pool: create → full frame";
    static final String COLD = "cold boot → desktop at rest";

    private static final Pattern STILL = Pattern.compile("stood still for ([\\d,]+) ms");
    private static final Duration SETTLE = Duration.ofMillis(700);
    private static final Duration USE = Duration.ofSeconds(12);
    private static final Duration REST = Duration.ofSeconds(4);
    private static final Duration LOOK = Duration.ofMillis(250);
    /** Another size than the template's: there is nothing frozen for it. */
    private static final int OTHER_MEMORY = 576;

    private final BenchedOriel oriel;
    private final BenchUser user;
    private final Runnable awaitWarm;

    Starts(BenchedOriel oriel, BenchUser user, Runnable awaitWarm) {
        this.oriel = oriel;
        this.user = user;
        this.awaitWarm = awaitWarm;
    }

    /** Each round takes the warm clone, then starts one without: before the pool begins to fill itself again. */
    List<Row> warmAndFresh(int rounds) throws IOException {
        List<Double> answer = new ArrayList<>();
        List<Double> frame = new ArrayList<>();
        List<Double> key = new ArrayList<>();
        List<Double> fresh = new ArrayList<>();
        List<Double> freshKey = new ArrayList<>();
        for (int i = 0; i <= rounds; i++) {
            awaitWarm.run();
            Pause.of(SETTLE);
            boolean counts = i > 0;
            start(
                    counts ? answer : new ArrayList<>(),
                    counts ? frame : new ArrayList<>(),
                    counts ? key : new ArrayList<>());
            start(new ArrayList<>(), counts ? fresh : new ArrayList<>(), counts ? freshKey : new ArrayList<>());
        }
        return List.of(
                DesktopBench.row(
                        80, POOL, frame, "answer of the API after " + Row.number(Numbers.median(answer)) + " ms"),
                DesktopBench.row(120, "from the pool: create → typed character visible", key, ""),
                DesktopBench.row(160, "without pool: create → full frame", fresh, ""),
                Row.only(
                        "without pool: create → typed character visible",
                        Numbers.median(freshKey),
                        "ms",
                        "p95 " + Row.number(Numbers.quantile(freshKey, 0.95)) + " ms"));
    }

    private void start(List<Double> answer, List<Double> frame, List<Double> key) throws IOException {
        long began = System.nanoTime();
        Desktop.Made made = Desktop.create(oriel, user, Map.of());
        answer.add(since(began));
        try (Screen screen = made.open()) {
            screen.awaitFrame();
            frame.add(since(began));
            screen.typeAndSee('a');
            key.add(since(began));
        }
        made.desktop().delete();
    }

    /** Of a VM that was used for a while. */
    List<Row> suspended(int rounds) throws IOException {
        Desktop desktop = used();
        List<Double> suspend = new ArrayList<>();
        List<Double> resume = new ArrayList<>();
        for (int i = 0; i <= rounds; i++) {
            long began = System.nanoTime();
            var _ = desktop.tell("suspend");
            double away = since(began);
            Pause.of(SETTLE);
            began = System.nanoTime();
            try (Screen screen = desktop.open(desktop.tell("resume"))) {
                screen.awaitFrame();
                if (i > 0) {
                    suspend.add(away);
                    resume.add(since(began));
                }
            }
            Pause.of(SETTLE);
        }
        String size = Row.number(memoryFile(desktop) / 1048576.0) + " MiB on disk";
        desktop.delete();
        return List.of(
                DesktopBench.row(600, "suspend", suspend, size),
                DesktopBench.row(300, "resume → full frame", resume, ""));
    }

    /** What its memory takes while it is suspended. */
    private double memoryFile(Desktop desktop) throws IOException {
        var _ = desktop.tell("suspend");
        return Files.size(oriel.data().resolve("run/vm").resolve(desktop.id()).resolve("memory.state"));
    }

    List<Row> forked(int rounds) throws IOException {
        Desktop desktop = used();
        List<Double> child = new ArrayList<>();
        int before = stills().size();
        for (int i = 0; i < rounds; i++) {
            long began = System.nanoTime();
            Desktop.Made made = desktop.fork();
            try (Screen screen = made.open()) {
                screen.awaitFrame();
                child.add(since(began));
            }
            made.desktop().delete();
            Pause.of(SETTLE);
        }
        List<Double> still = stills();
        List<Double> measured = still.subList(Math.min(before, still.size()), still.size());
        desktop.delete();
        return List.of(
                DesktopBench.row(150, "fork: the parent stands still", measured, "as the VM Manager measures it"),
                Row.only(
                        "fork → child's full frame",
                        Numbers.median(child),
                        "ms",
                        "p95 " + Row.number(Numbers.quantile(child, 0.95)) + " ms, n=" + child.size()));
    }

    /** How long guests stood still, as the host's log says. */
    private List<Double> stills() throws IOException {
        List<Double> found = new ArrayList<>();
        try (Stream<Path> kept = Files.list(oriel.data().resolve("logs"))) {
            List<Path> logs = Stream.concat(
                            Stream.of(oriel.data().resolve("up.log")), kept.filter(Files::isRegularFile))
                    .toList();
            for (Path log : logs) {
                Matcher match = STILL.matcher(Files.readString(log, StandardCharsets.ISO_8859_1));
                while (match.find()) {
                    found.add(Double.parseDouble(match.group(1).replace(",", "")));
                }
            }
        }
        return found;
    }

    /** A clone in whose terminal something was done. */
    private Desktop used() throws IOException {
        Desktop.Made made = Desktop.create(oriel, user, Map.of());
        try (Screen screen = made.open()) {
            screen.awaitFrame();
            screen.type("ls -lR /usr /etc >/tmp/all; md5sum /usr/bin/* >/tmp/sums; tail -5 /tmp/all\n");
            Pause.of(USE);
            screen.awaitFrame();
        }
        return made.desktop();
    }

    List<Row> cold(int rounds) throws IOException {
        List<Double> boot = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            long began = System.nanoTime();
            Desktop.Made made = Desktop.create(oriel, user, Map.of("memoryMiB", OTHER_MEMORY));
            try (Screen screen = made.open()) {
                screen.awaitFrame();
                boot.add(awaitDesktop(screen, began));
            }
            made.desktop().delete();
            System.out.println("  cold boot: " + Row.number(boot.getLast()) + " ms");
        }
        return List.of(Row.only(
                COLD, Numbers.median(boot), "ms", "max " + Row.number(Numbers.max(boot)) + " ms, n=" + boot.size()));
    }

    /** Until the last change of a picture with many colours that then rests: firmware and text screens have few. */
    private static double awaitDesktop(Screen screen, long began) throws IOException {
        byte[] before = screen.fresh();
        long changed = System.nanoTime();
        while (colours(before) < 64 || System.nanoTime() - changed < REST.toNanos()) {
            Pause.of(LOOK);
            byte[] now = screen.fresh();
            if (!Arrays.equals(now, before)) {
                changed = System.nanoTime();
                before = now;
            }
        }
        return (changed - began) / 1e6;
    }

    private static long colours(byte[] pixels) {
        return java.util.stream.IntStream.range(0, pixels.length / 4)
                .map(i ->
                        ((pixels[4 * i] & 0xff) << 16) | ((pixels[4 * i + 1] & 0xff) << 8) | (pixels[4 * i + 2] & 0xff))
                .distinct()
                .limit(64)
                .count();
    }

    private static double since(long began) {
        return (System.nanoTime() - began) / 1e6;
    }
}

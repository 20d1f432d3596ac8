package dev.oriel.bench.api;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How long until everything is as desired again after a {@code kill -9}: of a guest, of a role. */
final class Convergence {
    private static final Duration WAIT = Duration.ofSeconds(30);
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Map<String, String> KEPT_RUNNING = Map.of("template", "tiny", "restartPolicy", "always");

    private final BenchedOriel oriel;
    private final BenchUser user;

    Convergence(BenchedOriel oriel) throws IOException {
        this.oriel = oriel;
        this.user = BenchUser.register(oriel, "kill", 1).getFirst();
    }

    List<Row> measure(Sizes sizes) throws IOException {
        List<Double> guests = new ArrayList<>();
        for (int i = 0; i < sizes.kills(); i++) {
            guests.add(killGuest());
        }
        List<Double> managers = new ArrayList<>();
        List<Double> apis = new ArrayList<>();
        for (int i = 0; i < sizes.roleKills(); i++) {
            managers.add(killRole("host"));
            apis.add(killRole("api"));
        }
        List<Double> all =
                Stream.of(guests, managers, apis).flatMap(List::stream).toList();
        String how = "real QEMU, `--split`; p50 of guests " + Row.number(Numbers.median(guests)) + " s, of VM Managers "
                + Row.number(Numbers.median(managers)) + " s, of APIs " + Row.number(Numbers.median(apis)) + " s";
        return List.of(
                Row.atMost(3, "converged after kill -9, p50", Numbers.median(all), "s", how),
                Row.atMost(15, "converged after kill -9, max", Numbers.max(all), "s", all.size() + " kills"));
    }

    /** A guest with restart policy {@code always} runs again, in a new process. */
    private double killGuest() throws IOException {
        String id = user.post("/vm", KEPT_RUNNING, WAIT).expect(201).id();
        ProcessHandle guest = oriel.guest(id);
        guest.destroyForcibly();
        double seconds =
                Pause.until("the guest runs again", LIMIT, () -> state(id).equals("running") && renewed(id, guest));
        System.out.println("  guest killed: runs again after " + Row.number(seconds) + " s");
        user.delete("/vm/" + id, WAIT).expect(204);
        return seconds;
    }

    private boolean renewed(String id, ProcessHandle before) {
        try {
            return oriel.guest(id).pid() != before.pid();
        } catch (IOException | IllegalStateException e) {
            // Between two processes.
            return false;
        }
    }

    /** One VM is on its way up and one down when the role dies: both arrive. */
    private double killRole(String role) throws IOException {
        String old =
                user.post("/vm", Map.of("template", "tiny"), WAIT).expect(201).id();
        String fresh = user.post("/vm", Map.of("template", "tiny"), Duration.ZERO)
                .expect(202)
                .id();
        user.post("/vm/" + old + "/stop", Map.of("force", true), Duration.ZERO);
        oriel.role(role).destroyForcibly();
        double seconds = Pause.until(
                "all is as desired",
                LIMIT,
                () -> state(old).equals("stopped") && state(fresh).equals("running"));
        System.out.println("  " + role + " killed: all as desired after " + Row.number(seconds) + " s");
        user.delete("/vm/" + old, WAIT).expect(204);
        user.delete("/vm/" + fresh, WAIT).expect(204);
        return seconds;
    }

    private String state(String id) {
        try {
            return user.get("/vm/" + id).state();
        } catch (IOException e) {
            // The API is away.
            return "";
        } catch (UncheckedIOException e) {
            return "";
        }
    }
}

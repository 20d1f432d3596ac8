package dev.oriel.bench.api;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A host with 10,000 VMs: comparing them all when nothing is wrong, and mending when everything is. */
record Reconciling(BenchedOriel oriel) {
    private static final int VMS = 10_000;
    private static final int AT_ONCE = 16;
    private static final int ROUNDS = 3;
    private static final Duration LIMIT = Duration.ofSeconds(60);
    private static final Duration QUIET = Duration.ofSeconds(9);
    private static final Pattern PASSES =
            Pattern.compile("(?m)^oriel_reconcile_pass_seconds_(count|sum)(?:\\{[^}]*})? ([0-9.Ee+-]+)$");

    private record Passes(double count, double sum) {}

    List<Row> measure() throws IOException, SQLException {
        BenchUser owner = BenchUser.register(oriel, "fleet", 1).getFirst();
        try (SeedStore seed = new SeedStore(oriel)) {
            giveToHost(owner, seed.stoppedVms(owner.id(), VMS, "local"));
            seed.analyze();
            Passes before = passes();
            Pause.of(QUIET);
            Passes after = passes();
            double pass = (after.sum() - before.sum()) / (after.count() - before.count());
            List<Double> mending = new ArrayList<>();
            List<Double> waiting = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                Passes calm = passes();
                seed.forgetObservations();
                waiting.add(Pause.until("10,000 VMs are as they should be", LIMIT, () -> seed.unsettled() == 0));
                Passes mended = passesAfter(calm);
                // Those in between that came too early, or after the last row was written, had nothing to do.
                mending.add(mended.sum() - calm.sum() - (mended.count() - calm.count() - 1) * pass);
                System.out.println("  all " + VMS + " mended " + Row.number(waiting.getLast())
                        + " s after the loss, by " + "a pass of " + Row.number(mending.getLast()) + " s");
            }
            seed.deleteStopped();
            return List.of(
                    Row.atMost(2, "full reconcile of 10,000 VMs, nothing wrong", pass, "s", "mean of what runs anyway"),
                    Row.atMost(
                            2,
                            "full reconcile of 10,000 VMs, all observations lost",
                            Numbers.median(mending),
                            "s",
                            "the pass that mends them; " + Row.number(Numbers.median(waiting))
                                    + " s from losing them to the last row written, with the wait for that pass"));
        }
    }

    /** The host learns of them as it would have from the API. */
    private void giveToHost(BenchUser owner, List<UUID> ids) throws IOException {
        String secret = oriel.secret("host-local");
        String base = "http://127.0.0.1:" + oriel.port("host") + HostPaths.VMS + "/";
        HttpClient client =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try (ExecutorService threads = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<HttpResponse<Void>>> all = new ArrayList<>();
            for (UUID id : ids) {
                VmSpec spec = new VmSpec(
                        new VmId(id),
                        new UserId(UUID.fromString(owner.id())),
                        new TemplateName("tiny"),
                        1,
                        Bytes.ofMiB(256),
                        Bytes.ofGiB(1),
                        Optional.empty());
                HttpRequest request = HttpRequest.newBuilder(URI.create(base + id + "?wait=1000"))
                        .header("Authorization", "Bearer " + secret)
                        .header("Content-Type", "application/json")
                        .PUT(BodyPublishers.ofByteArray(
                                OrielJson.mapper().writeValueAsBytes(new VmAssignment(spec, VmGoal.STOPPED, false, 1))))
                        .build();
                all.add(threads.submit(() -> client.send(request, BodyHandlers.discarding())));
            }
            for (Future<HttpResponse<Void>> one : all) {
                if (one.get().statusCode() != 200) {
                    throw new IOException("the host answers " + one.get().statusCode());
                }
            }
        } catch (ExecutionException e) {
            throw new IOException("the host did not take a VM", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** As {@link #passes}, once one more has ended. */
    private Passes passesAfter(Passes before) throws IOException {
        Passes[] now = {passes()};
        Pause.until("a pass has ended", LIMIT, () -> {
            if (now[0].count() == before.count()) {
                Pause.of(Duration.ofMillis(50));
                now[0] = passesOrNone();
            }
            return now[0].count() > before.count();
        });
        return now[0];
    }

    private Passes passesOrNone() {
        try {
            return passes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Passes passes() throws IOException {
        String metrics = Programs.output(List.of("/usr/bin/curl", "-s", oriel.api() + "/metrics"), LIMIT);
        double count = Double.NaN;
        double sum = Double.NaN;
        for (Matcher line = PASSES.matcher(metrics); line.find(); ) {
            double value = Double.parseDouble(line.group(2));
            if (line.group(1).equals("count")) {
                count = value;
            } else {
                sum = value;
            }
        }
        return new Passes(count, sum);
    }
}

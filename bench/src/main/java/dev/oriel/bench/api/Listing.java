package dev.oriel.bench.api;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** {@code GET /vm} of users with ten VMs each, out of ten thousand in the table, beside the peer: interleaved rounds. */
final class Listing {
    private static final int USERS = 50;
    private static final int VMS_EACH = 10;
    private static final int OTHER_VMS = 9500;
    private static final int CONNECTIONS = 32;
    private static final int MAX_WARM_UPS = 10;

    private final BenchedOriel oriel;
    private final Path home;
    private final Sizes sizes;
    private final Random order = new Random();

    Listing(BenchedOriel oriel, Path home, Sizes sizes) {
        this.oriel = oriel;
        this.home = home;
        this.sizes = sizes;
    }

    List<Row> measure() throws IOException, SQLException {
        if (!Wrk.possible()) {
            System.out.println("not here, left out: GET /vm (apt-get install wrk)");
            return List.of();
        }
        List<BenchUser> users = BenchUser.register(oriel, "list", USERS);
        BenchUser crowd = BenchUser.register(oriel, "crowd", 1).getFirst();
        try (SeedStore seed = new SeedStore(oriel)) {
            for (BenchUser user : users) {
                seed.stoppedVms(user.id(), VMS_EACH, "");
            }
            seed.stoppedVms(crowd.id(), OTHER_VMS, "");
            seed.analyze();
            List<Row> rows = compare(users);
            seed.deleteStopped();
            return rows;
        }
    }

    /** One of those that are asked, and how it did in each round. */
    private record Server(String name, URI address, List<Wrk.Result> results, List<String> costs) {
        Server(String name, String address) {
            this(name, URI.create(address), new ArrayList<>(), new ArrayList<>());
        }

        double rate() {
            return Numbers.median(results.stream().map(Wrk.Result::perSecond).toList());
        }

        double p99() {
            return Numbers.median(results.stream().map(Wrk.Result::p99).toList());
        }
    }

    private List<Row> compare(List<BenchUser> users) throws IOException {
        Server ours = new Server("Oriel", oriel.api() + "/vm");
        Server front = new Server("Oriel behind Nginx with TLS", "https://localhost:" + oriel.port() + "/api/vm");
        if (!Peer.possible()) {
            System.out.println("not here, left out: FastAPI (apt-get install uvicorn python3-fastapi …)");
            load(users, List.of(ours, front));
            return rows(ours, front, List.of());
        }
        try (Peer peer = Peer.start(oriel, home)) {
            String base = "http://127.0.0.1:" + peer.port();
            Server idiomatic = new Server("FastAPI, idiomatic", base + Peer.IDIOMATIC);
            Server tuned = new Server("FastAPI, tuned", base + Peer.TUNED);
            load(users, List.of(ours, front, idiomatic, tuned));
            return rows(ours, front, List.of(idiomatic, tuned));
        }
    }

    private void load(List<BenchUser> users, List<Server> servers) throws IOException {
        Wrk wrk = Wrk.as(users, oriel.data(), CONNECTIONS);
        warmUp(wrk, servers.getFirst());
        List<Server> inTurn = new ArrayList<>(servers);
        for (int round = 0; round < sizes.rounds(); round++) {
            Collections.shuffle(inTurn, order);
            for (Server server : inTurn) {
                Cpu before = Cpu.of(oriel.family());
                Wrk.Result result = wrk.run(server.address(), sizes.load());
                server.results().add(result);
                String cost = Cpu.of(oriel.family())
                        .since(before, result.perSecond() * sizes.load().toSeconds());
                server.costs().add(cost);
                System.out.println("  " + server.name() + ": " + Row.number(result.perSecond()) + "/s, p99 "
                        + Row.number(result.p99()) + " ms; " + cost);
            }
        }
    }

    /** A JVM compiles what it runs most, and servers run for days: until it gets no faster. */
    private void warmUp(Wrk wrk, Server server) throws IOException {
        double before = 0;
        for (int i = 0; i < MAX_WARM_UPS; i++) {
            double now = wrk.run(server.address(), sizes.warmUp().dividedBy(2)).perSecond();
            System.out.println("  warming up: " + Row.number(now) + "/s");
            if (now < before * 1.03) {
                return;
            }
            before = now;
        }
    }

    private static List<Row> rows(Server ours, Server front, List<Server> peers) {
        String how = CONNECTIONS + " connections, ten VMs of 10,000, wrk beside it";
        List<Row> rows = new ArrayList<>(List.of(
                Row.atLeast(
                        5000,
                        "GET /vm, signed in",
                        ours.rate(),
                        "/s",
                        how + "; " + ours.costs().getLast() + " of processor time each"),
                Row.atMost(20, "GET /vm, p99", ours.p99(), "ms", how)));
        Stream.concat(Stream.of(front), peers.stream())
                .map(server -> Row.only(
                        "GET /vm, " + server.name(), server.rate(), "/s", "p99 " + Row.number(server.p99()) + " ms"))
                .forEach(rows::add);
        peers.stream()
                .map(peer -> Row.atLeast(
                        5, "GET /vm, Oriel ÷ " + peer.name(), ours.rate() / peer.rate(), "×", "medians of one run"))
                .forEach(rows::add);
        return rows;
    }
}

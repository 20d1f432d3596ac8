package dev.oriel.host.instant;

import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.rfb.ScreenWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Knows when a guest has come up and has nothing more to do: its screen is still and its processors idle. An agent
 * that answers shortens the wait; none is needed.
 */
final class Idleness {
    private static final Duration LOOK = Duration.ofMillis(500);
    private static final Duration STILL_WITH_AGENT = Duration.ofSeconds(3);
    private static final Duration AGENT_LIMIT = Duration.ofMillis(800);
    /** Share of one processor. An idle Linux desktop takes 3 to 6 %, a guest that boots all it can get. */
    private static final double IDLE = 0.25;

    private final GuestProcess process;
    private final ScreenWatch screen;
    private final GuestAgent agent;
    private final Duration restWithoutAgent;
    private final CountDownLatch giveUp;
    private boolean agentAnswered;

    /**
     * @param restWithoutAgent how long a guest that has no agent must have been at rest
     * @param giveUp counted down when nobody wants to know any more
     */
    Idleness(
            GuestProcess process,
            ScreenWatch screen,
            GuestAgent agent,
            Duration restWithoutAgent,
            CountDownLatch giveUp) {
        this.process = process;
        this.screen = screen;
        this.agent = agent;
        this.restWithoutAgent = restWithoutAgent;
        this.giveUp = giveUp;
    }

    /**
     * Waits for it.
     *
     * @param meanwhile done now and then
     * @return false when it has not come within {@code limit}
     * @throws IOException when the guest has ended
     */
    boolean await(Duration limit, Runnable meanwhile) throws IOException, InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        Load load = new Load();
        while (!isIdle(load)) {
            meanwhile.run();
            if (System.nanoTime() > end) {
                return false;
            }
            if (!process.isAlive()) {
                throw new IOException("the guest ended by itself");
            }
            if (giveUp.await(LOOK.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("nobody waits for this any more");
            }
        }
        return true;
    }

    private boolean isIdle(Load load) throws IOException, InterruptedException {
        Duration quiet = load.quietFor();
        Duration still = screen.stillFor();
        Duration both = quiet.compareTo(still) < 0 ? quiet : still;
        if (both.compareTo(restWithoutAgent) >= 0) {
            return true;
        }
        if (both.compareTo(STILL_WITH_AGENT) < 0) {
            return false;
        }
        agentAnswered = agentAnswered || agent.answers(AGENT_LIMIT);
        return agentAnswered;
    }

    /** What the process would use of the processors if it were alone: what it ran and what it had to wait for them. */
    private final class Load {
        private long lastNanos = System.nanoTime();
        private long lastDemand;
        private long busyAt = System.nanoTime();

        Duration quietFor() throws IOException {
            long now = System.nanoTime();
            long demand = demand();
            if (demand - lastDemand > IDLE * (now - lastNanos)) {
                busyAt = now;
            }
            lastNanos = now;
            lastDemand = demand;
            return Duration.ofNanos(now - busyAt);
        }

        private long demand() throws IOException {
            long sum = 0;
            for (Path thread : threads()) {
                sum += demandOf(thread.resolve("schedstat"));
            }
            return sum;
        }

        private static long demandOf(Path schedstat) {
            try {
                String[] fields =
                        Files.readString(schedstat, StandardCharsets.US_ASCII).split(" ");
                return Long.parseLong(fields[0]) + Long.parseLong(fields[1]);
            } catch (IOException e) {
                return 0; // a thread that has ended meanwhile
            }
        }

        private List<Path> threads() throws IOException {
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(process.pid()), "task"))) {
                return threads.toList();
            }
        }
    }
}

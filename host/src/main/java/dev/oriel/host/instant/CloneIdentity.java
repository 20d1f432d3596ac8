package dev.oriel.host.instant;

import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.JsonNode;

/**
 * What a guest that is a copy must be told: the time, and that it is somebody of its own (hostname, machine-id, keys of
 * its SSH server). Its random numbers are seen to by the machine itself (vmgenid). Through the guest's agent, when it
 * has one; ids and numbers only ever go in, never anything a user wrote.
 */
public final class CloneIdentity {
    private static final Duration CALL = Duration.ofSeconds(10);
    private static final Duration SCRIPT_LIMIT = Duration.ofSeconds(30);
    private static final Duration TOLERATED = Duration.ofSeconds(1);
    private static final int TIME_TRIES = 3;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    /** Arguments: hostname, machine-id, seconds since 1970. What a guest does not have is left out. */
    private static final String SCRIPT = """
            date -s "@$3" >/dev/null
            old=$(hostname)
            hostname "$1"
            echo "$1" >/etc/hostname
            [ -z "$old" ] || sed -i "s/\\b$old\\b/$1/g" /etc/hosts
            echo "$2" >/etc/machine-id
            [ ! -f /var/lib/dbus/machine-id ] || [ -L /var/lib/dbus/machine-id ] || echo "$2" >/var/lib/dbus/machine-id
            if ls /etc/ssh/ssh_host_*_key; then rm -f /etc/ssh/ssh_host_*; ssh-keygen -A; fi >/dev/null 2>&1
            exit 0
            """;

    private final GuestAgent agent;
    private final VmId vm;
    private final String template;
    private final Clock clock;

    /** @param socket of the guest's agent */
    public CloneIdentity(Path socket, VmId vm, String template, Clock clock) {
        this.agent = new GuestAgent(socket);
        this.vm = vm;
        this.template = template;
        this.clock = clock;
    }

    /** Whether the guest has an agent that answers now. */
    public boolean canBeGiven() throws InterruptedException {
        return agent.answers(CALL);
    }

    /**
     * Gives the guest its own identity and the time.
     *
     * @throws IOException when its agent does not do that
     */
    public void give() throws IOException, InterruptedException {
        try {
            run();
            mendTheTime();
        } catch (IOException e) {
            // No shell, or one that may not be used: any agent knows the time.
            tellTheTime();
            throw e;
        }
    }

    /** Sets the guest's clock, and nothing else. */
    public void tellTheTime() throws IOException, InterruptedException {
        JsonNode _ = agent.call("guest-set-time", Map.of("time", clock.millis() * 1_000_000L), CALL);
    }

    /** On a busy machine the script begins seconds after the time was written into its arguments. */
    private void mendTheTime() throws IOException, InterruptedException {
        for (int i = 0; i < TIME_TRIES; i++) {
            long asked = clock.millis();
            long guests = agent.call("guest-get-time", Map.of(), CALL).asLong() / 1_000_000L;
            if (guests > asked - TOLERATED.toMillis() && guests < clock.millis() + TOLERATED.toMillis()) {
                return;
            }
            tellTheTime();
        }
    }

    /** {@code desktop-1a2b3c4d}: tells people apart what else looks alike. */
    String hostname() {
        String kind = template.replaceAll("[^a-z0-9-]", "-");
        return (kind.length() > 40 ? kind.substring(0, 40) : kind) + "-"
                + vm.toString().substring(0, 8);
    }

    private void run() throws IOException, InterruptedException {
        List<String> arguments = List.of(
                "-c",
                SCRIPT,
                "sh",
                hostname(),
                vm.toString().replace("-", ""),
                Long.toString(clock.instant().getEpochSecond()));
        JsonNode started = agent.call("guest-exec", Map.of("path", "/bin/sh", "arg", arguments), CALL);
        long pid = started.path("pid").asLong(-1);
        long end = System.nanoTime() + SCRIPT_LIMIT.toNanos();
        while (true) {
            JsonNode status = agent.call("guest-exec-status", Map.of("pid", pid), CALL);
            if (status.path("exited").asBoolean(false)) {
                if (status.path("exitcode").asInt(-1) != 0) {
                    throw new IOException("the guest's shell failed");
                }
                return;
            }
            if (System.nanoTime() > end) {
                throw new IOException("the guest's shell does not end");
            }
            LockSupport.parkNanos(LOOK_NANOS);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
    }
}

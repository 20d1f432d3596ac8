package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The network namespace of one guest while its process is being started: {@link #enter} puts that in, and {@link #hold}
 * is what it must keep open. Closing this lets go: the network is then held by who is in it, and ends with the last of
 * them, also when nobody is there to end it.
 */
final class EgressNetwork implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final String READY = "1";
    private static final Pattern PID = Pattern.compile("pid (\\d{1,18})\n");
    private static final int MAX_TOLD = 100;

    /**
     * Arguments: the pipe whose writers hold the network, the log, "own" to get a device of tunnels of one's own, the
     * rules; then what drops privileges. Says on its output the pid of a process in the namespace, then {@value #READY}.
     */
    private static final String SCRIPT = """
            exec 3>&1 4<"$1" 5<&0 </dev/null >>"$2" 2>&1
            if [ "$3" = own ]; then
                mkdir -p /dev/net && mount -t tmpfs -o mode=755 tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 || exit
            fi
            rules=$4
            shift 4
            exec "$@" "$rules"
            """;

    /** With all privileges over a user namespace of its own, and none outside; the argument is the rules. */
    private static final String INSIDE = """
            unshare --net sh -c 'ip link set lo up && nft "$1" && echo pid $$ >&3 && read -r _ <&5' sh "$1" 4<&- &
            while [ "$(readlink /proc/$!/ns/net)" = "$(readlink /proc/$$/ns/net)" ]; do
                kill -0 $! || exit
                sleep 0.01
            done
            exec 5<&-
            exec slirp4netns --configure --mtu=65520 --disable-host-loopback --enable-sandbox --enable-seccomp \
                --cidr=%s --netns-type=path --ready-fd=3 --exit-fd=4 "/proc/$!/ns/net" tap0
            """.formatted(EgressRules.NETWORK);

    private final Process keeper;
    private final FileChannel held;
    private final Path hold;
    private final Path names;
    private final long inside;
    private final boolean ofRoot;

    private EgressNetwork(Process keeper, FileChannel held, Path hold, Path names, long inside, boolean ofRoot) {
        this.keeper = keeper;
        this.held = held;
        this.hold = hold;
        this.names = names;
        this.inside = inside;
        this.ofRoot = ofRoot;
    }

    static EgressNetwork open(Path directory, OptionalInt uid, boolean ownTun, String rules)
            throws IOException, InterruptedException {
        Path hold = directory.resolve("network.hold");
        Path names = directory.resolve("resolv.conf");
        Files.deleteIfExists(hold);
        Files.deleteIfExists(names);
        Program.Result made = Program.need("mkfifo").run(List.of("-m", "600", hold.toString()), LIMIT);
        if (!made.succeeded()) {
            throw new IOException("its pipe could not be made");
        }
        Files.writeString(names, "nameserver " + EgressRules.NAME_SERVER + "\n");
        // QEMU reads it under a uid of its own.
        Files.setPosixFilePermissions(names, PosixFilePermissions.fromString("r--r--r--"));
        FileChannel held = FileChannel.open(hold, StandardOpenOption.READ, StandardOpenOption.WRITE);
        @Nullable Process keeper = null;
        try {
            keeper = start(line(directory, hold, uid, ownTun, rules));
            long inside = await(keeper);
            return new EgressNetwork(keeper, held, hold, names, inside, uid.isPresent());
        } catch (IOException | InterruptedException e) {
            if (keeper != null) {
                keeper.destroyForcibly();
            }
            held.close();
            throw e;
        }
    }

    /** What stands before the program that is to be in the namespace. */
    List<String> enter() {
        String of = "/proc/" + inside + "/ns/";
        List<String> line =
                new ArrayList<>(List.of(Program.need("nsenter").file().toString(), "--net=" + of + "net"));
        if (!ofRoot) {
            line.addAll(List.of("--user=" + of + "user", "--preserve-credentials"));
        }
        return line;
    }

    /** A pipe; the network is there for as long as a process has it open for writing. */
    Path hold() {
        return hold;
    }

    /** What is to be {@code /etc/resolv.conf} inside. */
    Path names() {
        return names;
    }

    @Override
    public void close() throws IOException {
        held.close();
        keeper.getOutputStream().close();
        keeper.getInputStream().close();
    }

    @Override
    public String toString() {
        return "network of process " + keeper.pid();
    }

    private static List<String> line(Path directory, Path hold, OptionalInt uid, boolean ownTun, String rules) {
        List<String> line = new ArrayList<>(List.of("setsid"));
        if (ownTun) {
            line.addAll(List.of("unshare", "--mount"));
        }
        line.addAll(List.of("sh", "-c", SCRIPT, "sh", hold.toString()));
        line.addAll(List.of(directory.resolve("network.log").toString(), ownTun ? "own" : "", rules));
        line.addAll(List.of("prlimit", "--core=0", "--nofile=4096", "setpriv", "--no-new-privs"));
        uid.ifPresent(own -> line.addAll(List.of(
                "--reuid=" + own, "--regid=" + own, "--clear-groups", "--bounding-set=-all", "--inh-caps=-all")));
        line.addAll(List.of("unshare", "--user", "--map-root-user", "sh", "-c", INSIDE, "sh"));
        return line;
    }

    private static Process start(List<String> line) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(line)
                .directory(Path.of("/").toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        builder.environment().put("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        return builder.start();
    }

    /** Waits for both words, in whichever order; answers the pid. */
    private static long await(Process keeper) throws IOException, InterruptedException {
        CompletableFuture<Long> inside = new CompletableFuture<>();
        Thread.ofVirtual().name("network-" + keeper.pid()).start(() -> {
            try {
                inside.complete(read(keeper));
            } catch (IOException | RuntimeException e) {
                inside.completeExceptionally(e);
            }
        });
        try {
            return inside.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("a network namespace with rules could not be made or connected", e);
        }
    }

    private static long read(Process keeper) throws IOException {
        StringBuilder told = new StringBuilder();
        while (told.length() < MAX_TOLD) {
            int next = keeper.getInputStream().read();
            if (next < 0) {
                throw new IOException("it ended");
            }
            told.append((char) next);
            Matcher pid = PID.matcher(told);
            if (pid.find() && pid.replaceFirst("").equals(READY)) {
                return Long.parseLong(pid.group(1));
            }
        }
        throw new IOException("it says too much");
    }
}

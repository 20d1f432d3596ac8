package dev.oriel.app.doctor;

import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.Children;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What of this machine matters to Oriel, looked at without changing anything. */
final class Machine {
    private static final Duration LIMIT = Duration.ofSeconds(10);
    private static final long GIB = 1L << 30;
    private static final long DISK_NEEDED = 4 * GIB;
    private static final long DISK_COMFORTABLE = 15 * GIB;
    private static final long MEMORY_NEEDED = 2 * GIB;
    private static final int JDK = 25;

    private final Children tools;

    Machine(Children tools) {
        this.tools = tools;
    }

    Finding jdk() {
        int version = Runtime.version().feature();
        String text = Runtime.version() + " in " + System.getProperty("java.home");
        return version == JDK ? Finding.good("JDK", text) : Finding.bad("JDK", text, "set JAVA_HOME to a JDK " + JDK);
    }

    /** A program that Debian has a package for; {@code version} makes it tell its own. */
    Finding program(String name, String packageName, List<String> command, Pattern version) {
        try {
            Matcher found = version.matcher(tools.run(name, LIMIT, command));
            return Finding.good(name, found.find() ? found.group() : "is here");
        } catch (ChildFailure e) {
            return Finding.bad(name, "does not run: " + e.getMessage(), "apt-get install " + packageName);
        }
    }

    Finding disk(Path data) {
        Path existing = data.toAbsolutePath();
        while (!Files.exists(existing) && existing.getParent() != null) {
            existing = existing.getParent();
        }
        long free = existing.toFile().getUsableSpace();
        String text = gib(free) + " free for " + data;
        if (free < DISK_NEEDED) {
            return Finding.bad("disk", text, "make room, or use --data on a larger disk");
        }
        return free < DISK_COMFORTABLE
                ? Finding.poor("disk", text, "templates and a few desktops want " + gib(DISK_COMFORTABLE))
                : Finding.good("disk", text);
    }

    Finding memory() {
        try {
            Matcher available =
                    Pattern.compile("MemAvailable:\\s+(\\d+) kB").matcher(Files.readString(Path.of("/proc/meminfo")));
            long free = available.find() ? Long.parseLong(available.group(1)) * 1024 : 0;
            String text = gib(free) + " available";
            return free < MEMORY_NEEDED
                    ? Finding.bad(
                            "memory", text, "close other programs; Oriel and one desktop want " + gib(MEMORY_NEEDED))
                    : Finding.good("memory", text);
        } catch (IOException e) {
            return Finding.poor("memory", "unknown: " + e.getMessage(), "look at it yourself: free -h");
        }
    }

    Finding port(int port, String option) {
        try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            return Finding.good("port " + socket.getLocalPort(), "free");
        } catch (IOException e) {
            return Finding.poor(
                    "port " + port,
                    "in use, perhaps by an Oriel that runs",
                    "choose another one with " + option + ", if it is not Oriel");
        }
    }

    /** Guest images are built in one, also without root. */
    Finding userNamespaces() {
        try {
            tools.run("unshare", LIMIT, List.of("unshare", "--user", "--map-root-user", "true"));
            return Finding.good("user namespaces", "work");
        } catch (ChildFailure e) {
            return Finding.poor(
                    "user namespaces",
                    "do not work: guest images cannot be built here",
                    "sysctl -w kernel.unprivileged_userns_clone=1");
        }
    }

    /** Without a range of subordinate ids only root can build guest images. */
    Finding subordinateIds() {
        String user = String.valueOf(System.getProperty("user.name"));
        try {
            boolean listed = user.equals("root")
                    || Files.readAllLines(Path.of("/etc/subuid")).stream()
                            .anyMatch(line -> line.startsWith(user + ":"));
            return listed
                    ? Finding.good("subordinate ids", "there")
                    : Finding.poor(
                            "subordinate ids",
                            "none for " + user + ": guest images cannot be built",
                            "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 " + user);
        } catch (IOException e) {
            return Finding.poor("subordinate ids", "no /etc/subuid", "apt-get install uidmap");
        }
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", (double) bytes / GIB);
    }
}

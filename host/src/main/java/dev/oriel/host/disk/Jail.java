package dev.oriel.host.disk;

import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * Runs a program where it sees one file to read, one directory to write to, and the system's programs and libraries:
 * namespaces of its own (files, processes, IPC and a network without any interface), a uid of its own, no capability,
 * limits on memory, time, output and open files. Made with util-linux and coreutils, which every Debian has; without
 * root by a user namespace. Thread-safe.
 */
final class Jail {
    /** Where the program finds the file it may read. */
    static final String INPUT = "/in/image";
    /** Where the program finds the directory it may write to. */
    static final String OUTPUT = "/out";

    private static final Bytes MEMORY = Bytes.ofGiB(2);
    private static final int OPEN_FILES = 64;

    /** Arguments: the new root, the input, the output directory, then what to become. The tmpfs ends with its namespace. */
    private static final String SCRIPT = """
            set -e
            root=$1 input=$2 output=$3
            shift 3
            mount -t tmpfs -o size=1m,mode=755,nosuid,nodev none "$root"
            mkdir "$root/usr" "$root/in" "$root/out" "$root/dev"
            ln -s usr/bin usr/lib usr/lib64 "$root"
            : >"$root/in/image"
            : >"$root/dev/null"
            mount --rbind /usr "$root/usr"
            mount -o remount,bind,ro,nosuid,nodev "$root/usr"
            mount --bind "$input" "$root/in/image"
            mount -o remount,bind,ro,nosuid,nodev "$root/in/image"
            mount --bind "$output" "$root/out"
            cd /
            exec "$@"
            """;

    /**
     * What a run may use.
     *
     * @param output length of the longest file it may write
     * @param time of the clock and of the processor
     */
    record Limits(Bytes output, Duration time) {}

    private final Program prisoner;
    private final Program unshare = Program.need("unshare");
    private final Program shell = Program.need("sh");
    private final Program prlimit = Program.need("prlimit");
    private final Program chroot = Program.need("chroot");
    private final Program setpriv = Program.need("setpriv");

    /** @param prisoner a program below /usr */
    Jail(Program prisoner) {
        this.prisoner = prisoner;
    }

    /**
     * Runs the program to its end or its limit.
     *
     * @param root an empty directory, for the jail's root to be mounted on
     * @param uid to run under, when this process is root; it owns {@code output}
     * @throws IOException when it cannot be started or takes too long; nothing of it is left then
     */
    Program.Result run(List<String> arguments, Path input, Path root, Path output, OptionalInt uid, Limits limits)
            throws IOException, InterruptedException {
        List<String> line = new ArrayList<>();
        if (uid.isEmpty()) {
            line.addAll(List.of("--user", "--map-root-user"));
        }
        line.addAll(List.of("--mount", "--net", "--ipc", "--uts", "--pid", "--fork", "--kill-child", "--"));
        line.addAll(List.of(shell.file().toString(), "-c", SCRIPT, "sh"));
        line.addAll(List.of(root.toString(), input.toString(), output.toString()));
        line.addAll(List.of(
                prlimit.file().toString(),
                "--as=" + MEMORY.value(),
                "--cpu=" + limits.time().toSeconds(),
                "--fsize=" + limits.output().value(),
                "--nofile=" + OPEN_FILES,
                "--core=0",
                "--"));
        line.add(chroot.file().toString());
        if (uid.isPresent()) {
            line.addAll(List.of("--userspec=" + uid.getAsInt() + ":" + uid.getAsInt(), "--groups="));
        }
        line.addAll(List.of(root.toString(), setpriv.file().toString(), "--no-new-privs"));
        line.addAll(List.of(
                "--bounding-set=-all", "--inh-caps=-all", prisoner.file().toString()));
        line.addAll(arguments);
        return unshare.run(line, limits.time());
    }
}

package dev.oriel.host.qemu;

import dev.oriel.host.disk.Program;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Frozen memory that nobody can write: a sealed memfd. The kernel refuses every write to it, also by a guest that has
 * broken out of its QEMU; a file's permissions would not do, since QEMU opens its memory for writing even when it maps
 * it privately. A memfd lives as long as somebody holds it, so a tiny process of its own does, which outlives this one
 * and is found again by pid and start time. The file on disk stays: after a reboot it is loaded again.
 *
 * @param process the holder
 */
public record SealedMemory(GuestProcess process) {
    private static final long MEMFD_CREATE_AMD64 = 319;
    private static final long MEMFD_CREATE_ARM64 = 279;

    /** The stat line is on disk before anything is loaded: a VM Manager killed at any moment finds the process again. */
    private static final String KEEP_STAT =
            "read -r stat </proc/$$/stat && printf '%s\\n' \"$stat\" >\"$1\" && shift && exec \"$@\"";

    /** Arguments: file, name, number of memfd_create. Zeroes stay holes. 1033 is F_ADD_SEALS, 15 all four seals. */
    private static final String LOAD = """
            use strict; use POSIX ();
            my ($file, $name, $memfd_create) = @ARGV;
            open(my $in, '<:raw', $file) or die "open: $!";
            my $fd = syscall($memfd_create + 0, $name, 2);
            die "memfd_create: $!" if $fd < 0;
            POSIX::dup2($fd, 9) or die "dup2: $!";
            POSIX::close($fd) if $fd != 9;
            open(my $out, '+<&=', 9) or die "fd 9: $!";
            binmode $out;
            my $size = -s $file;
            truncate($out, $size) or die "truncate: $!";
            my $zero = "\\0" x 65536;
            my $at = 0;
            while ($at < $size) {
                my $got = sysread($in, my $chunk, 65536);
                die "read: $!" unless $got;
                if ($chunk ne $zero) {
                    defined(sysseek($out, $at, 0)) or die "seek: $!";
                    syswrite($out, $chunk) == $got or die "write: $!";
                }
                $at += $got;
            }
            fcntl($out, 1033, 15) or die "seal: $!";
            $| = 1; print "sealed\\n";
            open(STDOUT, '>', '/dev/null');
            open(STDERR, '>', '/dev/null');
            fcntl($out, 2, 0);
            exec {'/bin/sleep'} "oriel-memory $file", 'infinity';
            """;

    /**
     * The holder noted in {@code note}, when it still holds memory of this name.
     *
     * @param name of the memfd, as {@code /proc/<pid>/fd} shows it
     */
    public static Optional<SealedMemory> find(Path note, String name) {
        return processIn(note).map(SealedMemory::new).filter(found -> found.holds(name));
    }

    /**
     * Loads {@code file} into a new memfd and seals it.
     *
     * @param note gets the holder's line of {@code /proc/<pid>/stat}; one it names already is ended
     * @throws IOException when that is not done within {@code limit}; nothing stays
     */
    public static SealedMemory load(Path file, Path note, String name, Duration limit)
            throws IOException, InterruptedException {
        end(note);
        String number = Long.toString(
                System.getProperty("os.arch", "").equals("aarch64") ? MEMFD_CREATE_ARM64 : MEMFD_CREATE_AMD64);
        ProcessBuilder builder = new ProcessBuilder(List.of(
                        Program.need("setsid").file().toString(),
                        Program.need("sh").file().toString(),
                        "-c",
                        KEEP_STAT,
                        "sh",
                        note.toString(),
                        Program.need("perl").file().toString(),
                        "-e",
                        LOAD,
                        file.toString(),
                        name,
                        number))
                .directory(Path.of("/").toFile())
                .redirectInput(Path.of("/dev/null").toFile())
                .redirectErrorStream(true);
        builder.environment().clear();
        builder.environment().put("LC_ALL", "C");
        Process process = builder.start();
        try {
            awaitSeal(process, limit);
            // It says so a moment before it becomes what find() looks for.
            return processIn(note)
                    .map(SealedMemory::new)
                    .orElseThrow(() -> new IOException("the holder of frozen memory ended"));
        } catch (IOException | InterruptedException | RuntimeException e) {
            process.destroyForcibly();
            throw e;
        }
    }

    /** Ends the holder noted in {@code note}, if there is one. Guests that map the memory keep it. */
    public static void end(Path note) throws IOException {
        processIn(note).ifPresent(GuestProcess::kill);
        Files.deleteIfExists(note);
    }

    /** Where the memory can be opened, by this uid and root. */
    public Path file() {
        return descriptorOf(process);
    }

    private boolean holds(String name) {
        try {
            return process.isAlive()
                    && Files.readSymbolicLink(file()).toString().startsWith("/memfd:" + name + " ")
                    && Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"))
                            .startsWith("oriel-memory ");
        } catch (IOException e) {
            return false;
        }
    }

    private static void awaitSeal(Process process, Duration limit) throws IOException, InterruptedException {
        CompletableFuture<String> said = new CompletableFuture<>();
        Thread.ofVirtual().name("sealing-memory").start(() -> said.complete(firstLine(process)));
        try {
            String line = said.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            if (!line.equals("sealed")) {
                throw new IOException("frozen memory could not be loaded: " + line);
            }
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("frozen memory was not loaded in time", e);
        }
    }

    private static String firstLine(Process process) {
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.ISO_8859_1))) {
            return Optional.ofNullable(lines.readLine()).orElse("nothing said");
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static Optional<GuestProcess> processIn(Path note) {
        try {
            return GuestProcess.parse(Files.readString(note, StandardCharsets.ISO_8859_1))
                    .filter(GuestProcess::isAlive);
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static Path descriptorOf(GuestProcess holder) {
        return Path.of("/proc", Long.toString(holder.pid()), "fd", Integer.toString(GuestMemory.MEMORY_FD));
    }
}

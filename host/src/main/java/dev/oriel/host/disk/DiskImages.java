package dev.oriel.host.disk;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What qemu-img does to the files of a disk that no guest uses. It is told every link with its recorded format, so no
 * header is followed to another file. Thread-safe for different disks.
 */
public final class DiskImages {
    private static final Duration COPY_LIMIT = Duration.ofHours(1);
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Program qemuImg;

    public DiskImages(Program qemuImg) {
        this.qemuImg = qemuImg;
    }

    /**
     * Puts the last of {@code links} on {@code below}: what it has seen through the links in between becomes its own, so
     * its content stays the same. Interrupted at any moment it is as good as before.
     *
     * @param below the file of one of the links, or empty: it stands alone then
     * @param cancelled looked at while it runs: true ends it
     * @return whether it was done, not cancelled
     * @throws IOException when qemu-img fails
     */
    public boolean rebase(List<DiskLink> links, Optional<Path> below, BooleanSupplier cancelled)
            throws IOException, InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("rebase", "-q", "-t", "writeback", "-T", "writeback"));
        arguments.addAll(List.of("-F", "qcow2", "-b", below.map(Path::toString).orElse(""), graph(links)));
        Optional<Program.Result> result = qemuImg.run(arguments, COPY_LIMIT, cancelled);
        if (result.isPresent()) {
            require(result.get());
        }
        return result.isPresent();
    }

    /** Copies what a guest would read through {@code links} into a new qcow2 that refers to no other file. */
    public void flatten(List<DiskLink> links, Path output) throws IOException, InterruptedException {
        require(qemuImg.run(
                List.of("convert", "-q", "-O", "qcow2", "-o", "compat=1.1", graph(links), output.toString()),
                COPY_LIMIT));
    }

    /** Makes the disk of {@code links} larger; it is empty behind what it was. */
    public void grow(List<DiskLink> links, Bytes size) throws IOException, InterruptedException {
        require(qemuImg.run(List.of("resize", "-q", graph(links), Long.toString(size.value())), LIMIT));
    }

    /**
     * Ends every qemu-img that an earlier VM Manager has left at work on files in {@code data}: nobody waits for it, and
     * what it was doing is begun again. Only for whoever has the directory to itself.
     */
    public static void endOrphans(Path data) {
        String place = data.toAbsolutePath() + "/";
        ProcessHandle.allProcesses()
                .filter(process -> {
                    String line = commandLine(process.pid());
                    return line.split("\0", 2)[0].endsWith("/qemu-img") && line.contains(place);
                })
                .forEach(process -> {
                    process.destroyForcibly();
                    process.onExit()
                            .completeOnTimeout(process, 2, TimeUnit.SECONDS)
                            .join();
                });
    }

    private static String commandLine(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    /** A chain of files as qemu-img takes it in place of a file name. */
    static String graph(List<DiskLink> links) {
        @Nullable Map<String, Object> below = null;
        for (DiskLink link : links) {
            Map<String, Object> node = new LinkedHashMap<>();
            node.put("driver", link.driver());
            node.put("file", Map.of("driver", "file", "filename", link.file().toString()));
            node.put("backing", below);
            below = node;
        }
        return "json:" + OrielJson.mapper().writeValueAsString(below);
    }

    static void require(Program.Result result) throws DiskException {
        if (!result.succeeded()) {
            throw new DiskException("qemu-img: " + result.output().strip());
        }
    }
}

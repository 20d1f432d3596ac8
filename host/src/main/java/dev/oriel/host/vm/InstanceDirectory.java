package dev.oriel.host.vm;

import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import dev.oriel.host.qemu.ControlGroups;
import dev.oriel.host.qemu.GuestProcess;
import dev.oriel.host.qemu.SocketPaths;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/**
 * {@code run/instance/<instance>} with {@code spec.json}, {@code pid}, {@code started} and {@code qemu.log}, and the
 * links that lead to it: {@code run/vm/<vmid>} and {@code <sockets>/vnc/<vmid>}. Used by one driver at a time.
 */
final class InstanceDirectory {
    private static final Logger LOG = System.getLogger(InstanceDirectory.class.getName());
    private static final long MAX_LOG = 256 << 10;

    /** Several records, and what a file system takes for them. */
    private static final int ROOM = 32 << 10;

    private final Path run;
    private final Path sockets;
    private final String instance;

    InstanceDirectory(Path run, Path sockets, String instance) {
        this.run = run;
        this.sockets = sockets;
        this.instance = instance;
    }

    Path path() {
        return run.resolve("instance").resolve(instance);
    }

    SocketPaths socketPaths() {
        return SocketPaths.of(sockets, instance);
    }

    /** Makes the directory with its record, then the VM's link to it: a crash between leaves an orphan, never a half VM. */
    void create(InstanceRecord record) throws IOException {
        Files.createDirectories(path());
        write(record);
        replaceLink(vmLink(record.vm()), Path.of("../instance", instance));
    }

    /**
     * Replaces the record as a whole, on disk before it returns. Also on a full disk, where a VM must be able to be
     * stopped and deleted: a little room is kept for that.
     */
    void write(InstanceRecord record) throws IOException {
        byte[] json = OrielJson.mapper().writeValueAsBytes(record);
        try {
            replaceRecord(json);
        } catch (IOException e) {
            if (!Files.deleteIfExists(room())) {
                throw e;
            }
            replaceRecord(json);
        }
        keepRoom();
    }

    private void keepRoom() throws IOException {
        if (Files.exists(room())) {
            return;
        }
        try {
            Files.write(room(), new byte[ROOM]);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "no room is kept for the next record: the disk is full", e);
            Files.deleteIfExists(room());
        }
    }

    private Path room() {
        return path().resolve("room");
    }

    private void replaceRecord(byte[] json) throws IOException {
        Path part = path().resolve("spec.json.part");
        try (FileChannel file = FileChannel.open(
                part, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer bytes = ByteBuffer.wrap(json);
            while (bytes.hasRemaining()) {
                file.write(bytes);
            }
            file.force(false);
        }
        Files.move(part, path().resolve("spec.json"), StandardCopyOption.ATOMIC_MOVE);
    }

    /** The record; empty when there is none or it cannot be read. */
    Optional<InstanceRecord> read() {
        try {
            byte[] json = Files.readAllBytes(path().resolve("spec.json"));
            return Optional.of(OrielJson.mapper().readValue(json, InstanceRecord.class));
        } catch (IOException | JacksonException e) {
            return Optional.empty();
        }
    }

    /** The process that was started for this instance, if it still runs: by pid, start time and name together. */
    Optional<GuestProcess> process() {
        return GuestProcess.notedIn(path(), "oriel-" + instance);
    }

    /** Lets viewers find the VM's console. */
    void linkConsole(VmId vm) throws IOException {
        replaceLink(consoleLink(vm), Path.of("../i", instance, "vnc.sock"));
    }

    /** Removes everything that belongs to a running process: its control group, sockets, console link, pid. */
    void clearProcess(VmId vm) throws IOException {
        ControlGroups.removeNotedIn(path());
        Files.deleteIfExists(consoleLink(vm));
        socketPaths().remove();
        for (String file :
                List.of("pid", "started", "sandbox", "launch", "network.hold", "network.log", "resolv.conf")) {
            Files.deleteIfExists(path().resolve(file));
        }
    }

    /** Removes links, then the directory. Harmless when it is not there. */
    void delete(VmId vm) throws IOException {
        clearProcess(vm);
        Files.deleteIfExists(vmLink(vm));
        deleteDirectory();
    }

    void deleteDirectory() throws IOException {
        ControlGroups.removeNotedIn(path());
        socketPaths().remove();
        try (Stream<Path> entries = Files.list(path())) {
            for (Path entry : entries.toList()) {
                Files.deleteIfExists(entry);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        Files.deleteIfExists(path());
    }

    /** Cuts QEMU's log when it grew too long; QEMU appends, so it goes on at the new end. */
    void boundLog() throws IOException {
        Path log = path().resolve("qemu.log");
        if (Files.exists(log) && Files.size(log) > MAX_LOG) {
            try (FileChannel file = FileChannel.open(log, StandardOpenOption.WRITE)) {
                file.truncate(0);
            }
        }
    }

    /** The last lines QEMU wrote, for our own log: control characters replaced, at most 500 characters. */
    String lastWords() {
        try {
            String text = Files.readString(path().resolve("qemu.log"), StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - 500))
                    .replaceAll("[^\\x20-\\x7e]+", " ")
                    .strip();
        } catch (IOException e) {
            return "";
        }
    }

    private Path vmLink(VmId vm) {
        return run.resolve("vm").resolve(vm.toString());
    }

    private Path consoleLink(VmId vm) {
        return sockets.resolve("vnc").resolve(vm.toString());
    }

    private static void replaceLink(Path link, Path target) throws IOException {
        Files.createDirectories(link.toAbsolutePath().resolveSibling(""));
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
    }
}

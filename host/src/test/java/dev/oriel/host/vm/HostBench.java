package dev.oriel.host.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.config.Settings;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmSpec;
import dev.oriel.host.HostConfig;
import dev.oriel.host.disk.Program;
import dev.oriel.host.template.BaseImage;
import dev.oriel.host.template.DisplayDevice;
import dev.oriel.host.template.GuestNetwork;
import dev.oriel.host.template.PointerDevice;
import dev.oriel.host.template.ReadyTemplate;
import dev.oriel.host.template.TemplateLibrary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * A host on real QEMU in a directory of its own, with templates {@code polite} and {@code stubborn} made of {@link
 * BootSector}s. Closing it ends every process it started and leaves no directory.
 */
final class HostBench implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(30);

    private final Path root;
    private final Map<String, String> settings = new HashMap<>();
    private final Map<TemplateName, ReadyTemplate> templates = new ConcurrentHashMap<>();
    private QemuHost host;

    /** @param traversable whether other uids may reach the data */
    HostBench(boolean traversable, Map<String, String> extra) throws IOException, InterruptedException {
        this(made(traversable), extra);
    }

    private static Path made(boolean traversable) throws IOException {
        Path root = Files.createTempDirectory("oriel-vm");
        if (traversable) {
            Files.setPosixFilePermissions(root, java.nio.file.attribute.PosixFilePermissions.fromString("rwx--x--x"));
        }
        return root;
    }

    /** On the directory of another bench, whose host is closed or was killed. */
    HostBench(Path root) throws IOException, InterruptedException {
        this(root, Map.of());
    }

    HostBench(Path root, Map<String, String> extra) throws IOException, InterruptedException {
        this.root = root;
        settings.put("oriel.host.secret", "0123456789abcdefghijklmnopqrstuv");
        settings.put("oriel.host.sockets", root.resolve("s").toString());
        settings.put("oriel.host.data", data().toString());
        settings.put("oriel.host.recipes", root.resolve("recipes").toString());
        settings.put("oriel.host.image-cache", root.resolve("cache").toString());
        settings.put("oriel.host.stop-grace", "3s");
        settings.put("oriel.host.max-vms", "3");
        settings.put("oriel.host.instant", "false");
        settings.putAll(extra);
        for (BootSector sector : BootSector.values()) {
            addTemplate(sector);
        }
        TemplateName blank = new TemplateName("blank");
        templates.put(
                blank,
                new ReadyTemplate(
                        blank,
                        1,
                        Bytes.ofMiB(32),
                        Bytes.ofMiB(64),
                        Optional.empty(),
                        GuestNetwork.NONE,
                        PointerDevice.USB,
                        DisplayDevice.VIRTIO));
        host = open();
    }

    Path root() {
        return root;
    }

    QemuHost host() {
        return host;
    }

    Path data() {
        return root.resolve("d");
    }

    Path sockets() {
        return root.resolve("s");
    }

    /** As a restart of the VM Manager: guests are left alone, a new one takes over. */
    void restart() {
        host.close();
        host = open();
    }

    /** As {@link #restart}, with something done while nobody manages. */
    void restart(ThrowingRunnable meanwhile) throws Exception {
        host.close();
        meanwhile.run();
        host = open();
    }

    interface ThrowingRunnable {
        void run() throws Exception;
    }

    void removeBaseOf(BootSector sector) throws IOException {
        TemplateName name = new TemplateName(sector.name().toLowerCase(Locale.ROOT));
        ReadyTemplate template = Optional.ofNullable(templates.get(name)).orElseThrow();
        Files.delete(template.base().orElseThrow().file());
    }

    /** The template is dropped; disks may still stand on its base. */
    Path forget(BootSector sector) {
        TemplateName name = new TemplateName(sector.name().toLowerCase(Locale.ROOT));
        return Optional.ofNullable(templates.remove(name))
                .flatMap(ReadyTemplate::base)
                .orElseThrow()
                .file();
    }

    /** Tries what must not work: two VM Managers on one data directory. */
    void openSecond() {
        open().close();
    }

    VmObservation ensure(VmSpec spec, VmGoal goal, long generation) {
        return host.ensure(new VmAssignment(spec, goal, false, generation), WAIT);
    }

    VmObservation force(VmSpec spec, VmGoal goal, long generation) {
        return host.ensure(new VmAssignment(spec, goal, true, generation), WAIT);
    }

    static VmSpec spec(BootSector sector) {
        return new VmSpec(
                VmId.random(),
                UserId.random(),
                new TemplateName(sector.name().toLowerCase(Locale.ROOT)),
                1,
                Bytes.ofMiB(32),
                Bytes.ofMiB(64),
                Optional.empty());
    }

    Path runDirectory(VmSpec spec) {
        return data().resolve("run/vm").resolve(spec.id().toString());
    }

    long pidOf(VmSpec spec) throws IOException {
        return Long.parseLong(
                Files.readString(runDirectory(spec).resolve("pid")).strip());
    }

    /** Of a VM's QEMU, with spaces. */
    String commandLineOf(VmSpec spec) throws IOException {
        return Files.readString(Path.of("/proc", Long.toString(pidOf(spec)), "cmdline"))
                .replace('\0', ' ');
    }

    /** Every file, socket and link below the data and sockets directories, but those of the host itself. */
    List<String> leftovers() throws IOException {
        List<String> found = new ArrayList<>();
        for (Path top : List.of(data(), sockets())) {
            try (Stream<Path> walk = Files.walk(top)) {
                walk.filter(path -> !Files.isDirectory(path) || Files.isSymbolicLink(path))
                        .map(path -> root.relativize(path).toString())
                        .filter(path -> !path.startsWith("d/vms/base/")
                                && !path.equals("d/run/manager.lock")
                                && !path.equals("d/run/unused-images.json")
                                && !path.equals("d/run/place")
                                && !path.equals("d/run/deleted"))
                        .forEach(found::add);
            }
        }
        return found;
    }

    /** QEMU processes whose command line names anything in this bench's directory. */
    List<Long> processes() throws IOException {
        try (Stream<Path> all = Files.list(Path.of("/proc"))) {
            return all.filter(path -> path.getFileName().toString().matches("\\d+"))
                    .filter(this::isOurs)
                    .map(path -> Long.valueOf(path.getFileName().toString()))
                    .toList();
        }
    }

    @Override
    public void close() throws IOException {
        host.close();
        for (Long pid : processes()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
        try (Stream<Path> walk = Files.walk(root)) {
            for (Path path : walk.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    private boolean isOurs(Path process) {
        try {
            String line = Files.readString(process.resolve("cmdline"), java.nio.charset.StandardCharsets.ISO_8859_1);
            return line.contains(root.toString()) && line.contains("qemu");
        } catch (IOException e) {
            return false;
        }
    }

    private QemuHost open() {
        QemuHost opened = QemuHost.open(HostConfig.from(new Settings(settings)), new Library(), Clock.systemUTC());
        opened.info(); // its search for an accelerator is over and its file gone
        return opened;
    }

    /** The template gets another base image, as after a change of its recipe; disks may still stand on the old one. */
    void renewBaseOf(BootSector sector) throws IOException, InterruptedException {
        addTemplate(sector, 1);
    }

    private void addTemplate(BootSector sector) throws IOException, InterruptedException {
        addTemplate(sector, 0);
    }

    /** @param last byte of its disk, which no guest reads */
    private void addTemplate(BootSector sector, int last) throws IOException, InterruptedException {
        Path bases = Files.createDirectories(data().resolve("vms/base"));
        Path raw = root.resolve("raw");
        sector.writeTo(raw);
        try (var disk = new java.io.RandomAccessFile(raw.toFile(), "rw")) {
            disk.seek(disk.length() - 1);
            disk.write(last);
        }
        Path made = root.resolve("made");
        Program.Result result = Program.need("qemu-img")
                .run(List.of("convert", "-f", "raw", "-O", "qcow2", raw.toString(), made.toString()), WAIT);
        if (!result.succeeded()) {
            throw new IOException(result.output());
        }
        ImageDigest digest = digestOf(made);
        Path base = bases.resolve(digest + ".qcow2");
        if (Files.exists(base)) {
            Files.delete(made); // that of the bench before this one, on which disks stand
        } else {
            Files.move(made, base);
        }
        Files.setPosixFilePermissions(base, java.nio.file.attribute.PosixFilePermissions.fromString("r--r--r--"));
        TemplateName name = new TemplateName(sector.name().toLowerCase(Locale.ROOT));
        templates.put(
                name,
                new ReadyTemplate(
                        name,
                        1,
                        Bytes.ofMiB(32),
                        Bytes.ofMiB(64),
                        Optional.of(new BaseImage(digest, base, Bytes.ofMiB(1))),
                        GuestNetwork.RESTRICTED,
                        sector == BootSector.POLITE ? PointerDevice.VIRTIO : PointerDevice.USB,
                        DisplayDevice.STD));
    }

    static ImageDigest digestOf(Path file) throws IOException {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            return new ImageDigest(HexFormat.of().formatHex(digest));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Library implements TemplateLibrary {
        @Override
        public List<TemplateStatus> statuses() {
            return Stream.concat(
                            templates.values().stream().map(ReadyTemplate::name), Stream.of(new TemplateName("late")))
                    .map(name -> new TemplateStatus(
                            name,
                            name.value(),
                            "",
                            1,
                            Bytes.ofMiB(32),
                            Bytes.ofMiB(64),
                            templates.containsKey(name),
                            templates.containsKey(name) ? 100 : 40,
                            Optional.empty(),
                            false,
                            false,
                            0,
                            0,
                            List.of()))
                    .toList();
        }

        @Override
        public Optional<ReadyTemplate> ready(TemplateName name) {
            return Optional.ofNullable(templates.get(name));
        }
    }
}

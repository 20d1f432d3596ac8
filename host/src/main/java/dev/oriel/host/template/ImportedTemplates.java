package dev.oriel.host.template;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.host.disk.ImageConversion;
import dev.oriel.host.disk.ImageStore;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;

/**
 * Templates made of images that people gave: {@code vms/templates/<name>.json} says what is wanted and what became of it,
 * {@code vms/base} holds the converted images. One import at a time, in the background; what a restart interrupts is
 * done again. Thread-safe.
 */
public final class ImportedTemplates implements TemplateLibrary, AutoCloseable {
    private static final Logger LOG = System.getLogger(ImportedTemplates.class.getName());
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    private final Path directory;
    private final Path bases;
    private final ImageStore images;
    private final ImageConversion conversion;
    private final Map<String, ImportedTemplate> templates = new ConcurrentSkipListMap<>();
    private final BlockingQueue<TemplateName> waiting = new LinkedBlockingQueue<>();
    private final Thread worker = Thread.ofVirtual().name("template-imports").unstarted(this::work);

    private ImportedTemplates(Path data, ImageStore images, ImageConversion conversion) {
        this.directory = data.resolve("vms/templates");
        this.bases = data.resolve("vms/base");
        this.images = images;
        this.conversion = conversion;
    }

    /** Reads what is there under {@code data} and goes on with what is not done. */
    public static ImportedTemplates open(Path data, ImageStore images, ImageConversion conversion) throws IOException {
        ImportedTemplates opened = new ImportedTemplates(data, images, conversion);
        Files.createDirectories(opened.directory);
        Files.createDirectories(opened.bases);
        opened.readAll();
        opened.worker.start();
        return opened;
    }

    @Override
    public List<TemplateStatus> statuses() {
        return templates.values().stream().map(ImportedTemplate::status).toList();
    }

    @Override
    public Optional<ReadyTemplate> ready(TemplateName name) {
        return Optional.ofNullable(templates.get(name.value())).flatMap(template -> template.ready(bases));
    }

    /** As {@link dev.oriel.core.host.HostApi#importTemplate}. */
    public synchronized TemplateStatus take(TemplateImport wish) {
        ImportedTemplate known = templates.get(wish.name().value());
        if (known != null && !known.wish().equals(wish)) {
            throw new OrielException(ErrorCode.STATE_CONFLICT, "this host has another template of that name");
        }
        boolean needsSource = known == null || (known.base().isEmpty() && !known.isFailed());
        if (needsSource && images.find(wish.source()).isEmpty()) {
            throw new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that image");
        }
        if (known == null) {
            known = ImportedTemplate.wanted(wish);
            keep(known);
            waiting.add(wish.name());
        } else if (needsSource && known.isWaiting() && !waiting.contains(wish.name())) {
            waiting.add(wish.name());
        }
        return known.status();
    }

    /**
     * Forgets the template; its base image stays as long as disks may stand on it and is removed with what nobody
     * refers to. The caller knows that no VM is made from it.
     */
    public synchronized void drop(TemplateName name) {
        ImportedTemplate dropped = templates.remove(name.value());
        if (dropped == null) {
            return;
        }
        try {
            Files.deleteIfExists(fileOf(name));
        } catch (IOException e) {
            templates.put(name.value(), dropped);
            throw new OrielException(ErrorCode.UNAVAILABLE, "the template could not be removed", e);
        }
        dropSource(dropped.wish());
    }

    /** Ends a running import; the next start does it again. */
    @Override
    public void close() {
        worker.interrupt();
        try {
            worker.join(GOODBYE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void readAll() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file :
                    files.filter(path -> path.toString().endsWith(".json")).toList()) {
                read(file).ifPresent(this::adopt);
            }
        }
    }

    private static Optional<ImportedTemplate> read(Path file) throws IOException {
        try {
            return Optional.of(OrielJson.mapper().readValue(Files.readAllBytes(file), ImportedTemplate.class));
        } catch (JacksonException e) {
            LOG.log(Level.ERROR, "an imported template is left out: its description is broken", e);
            return Optional.empty();
        }
    }

    private void adopt(ImportedTemplate read) {
        ImportedTemplate now = read.checkedAgainst(bases);
        templates.put(now.wish().name().value(), now);
        if (now.isWaiting() && images.find(now.wish().source()).isPresent()) {
            waiting.add(now.wish().name());
        }
    }

    private void work() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                TemplateName name = waiting.take();
                ImportedTemplate template = templates.get(name.value());
                if (template != null && template.isWaiting()) {
                    finish(template, imported(template));
                }
            }
        } catch (InterruptedException e) {
            LOG.log(Level.DEBUG, "imports end", e);
        }
    }

    private ImportedTemplate imported(ImportedTemplate template) throws InterruptedException {
        TemplateImport wish = template.wish();
        try {
            LOG.log(Level.INFO, "importing template {0}", wish.name());
            Path source = images.find(wish.source()).orElseThrow(() -> new IOException("the image is gone"));
            return switch (conversion.convert(source, wish.format(), wish.disk())) {
                case ImageConversion.Result.Failed(String reason) -> template.failed(reason);
                case ImageConversion.Result.Converted converted -> template.on(place(converted.file()));
            };
        } catch (IOException e) {
            LOG.log(Level.ERROR, "template " + wish.name() + " could not be imported", e);
            return template.failed("This host could not import it.");
        }
    }

    private ImageDigest place(Path converted) throws IOException {
        ImageDigest digest = BaseImageStore.digestOf(converted);
        Files.move(
                converted,
                ImportedTemplate.baseFile(bases, digest),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        return digest;
    }

    /** Unless it was dropped meanwhile. */
    private synchronized void finish(ImportedTemplate before, ImportedTemplate after) {
        if (before.equals(templates.get(after.wish().name().value()))) {
            keep(after);
            dropSource(after.wish());
            LOG.log(
                    Level.INFO,
                    "template {0}: {1}",
                    after.wish().name(),
                    after.failure().orElse("ready"));
        }
    }

    /** A disc may be in a VM's drive; nothing else uses any other source. */
    private void dropSource(TemplateImport wish) {
        boolean wanted = templates.values().stream()
                .anyMatch(other -> other.isWaiting() && other.wish().source().equals(wish.source()));
        if (wish.format() != ImageFormat.ISO && !wanted) {
            images.drop(wish.source());
        }
    }

    private void keep(ImportedTemplate template) {
        Path file = fileOf(template.wish().name());
        try {
            Path temporary = file.resolveSibling(file.getFileName() + ".tmp");
            Files.write(temporary, OrielJson.mapper().writeValueAsBytes(template));
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new OrielException(ErrorCode.INSUFFICIENT_STORAGE, "the host could not keep the template", e);
        }
        templates.put(template.wish().name().value(), template);
    }

    private Path fileOf(TemplateName name) {
        return directory.resolve(name + ".json");
    }
}

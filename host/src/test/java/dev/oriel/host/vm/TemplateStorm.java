package dev.oriel.host.vm;

import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.awaitility.Awaitility;

/** A VM Manager that is given an image, makes a template of it and drops that, and says what it has done: {@code ROOT GENERATION}. */
final class TemplateStorm {
    private TemplateStorm() {}

    public static void main(String[] arguments) throws Exception {
        HostBench bench = new HostBench(Path.of(arguments[0]));
        say("open");
        TemplateImport wish = wish(bench.root());
        give(bench);
        say("given");
        awaitReady(bench, wish);
        say("ready");
        bench.host().dropTemplate(wish.name());
        say("dropped");
        bench.host().close();
        System.exit(0);
    }

    /** A template of the image that lies in the bench's directory, or is put there. */
    static TemplateImport wish(Path root) throws IOException {
        Path image = image(root);
        if (!Files.exists(image)) {
            Path part = root.resolve("image.part");
            BootSector.POLITE.writeTo(part);
            Files.move(part, image);
        }
        ImageDigest digest = HostBench.digestOf(image);
        return new TemplateImport(
                TemplateName.imported("given", "0a1b2c3d"),
                "Given",
                "",
                1,
                Bytes.ofMiB(32),
                digest,
                ImageFormat.RAW,
                new Bytes(Files.size(image)));
    }

    /** As the API does before it asks for a template: hosts forget what they do not need. */
    static void give(HostBench bench) throws IOException {
        Path image = image(bench.root());
        try (var content = Files.newInputStream(image)) {
            bench.host().putImage(HostBench.digestOf(image), new Bytes(Files.size(image)), content);
        }
    }

    static TemplateStatus awaitReady(HostBench bench, TemplateImport wish) {
        return Awaitility.await("an imported template")
                .atMost(HostBench.WAIT)
                .until(() -> bench.host().importTemplate(wish), status -> status.ready() || status.failed());
    }

    private static Path image(Path root) {
        return root.resolve("image.raw");
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }
}

package dev.oriel.core.host;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;

/**
 * A wish for a template made of an image that somebody gave.
 *
 * @param name its full name, see {@link TemplateName#imported}
 * @param cpus default number of virtual processors
 * @param memory default guest RAM
 * @param source the image as it was given, by {@link HostApi#putImage}
 * @param format what the image was judged to be: recorded, never probed again
 * @param disk its virtual size
 */
public record TemplateImport(
        TemplateName name,
        String title,
        String description,
        int cpus,
        Bytes memory,
        ImageDigest source,
        ImageFormat format,
        Bytes disk) {
    public TemplateImport {
        if (!name.isImported()) {
            throw new IllegalArgumentException("an imported template has a tag in its name");
        }
        if (cpus < 1) {
            throw new IllegalArgumentException("a machine has at least one processor");
        }
    }
}

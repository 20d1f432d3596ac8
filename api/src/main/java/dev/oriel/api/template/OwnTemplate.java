package dev.oriel.api.template;

import dev.oriel.core.account.UserId;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;

/**
 * One version of a template that somebody made of an image.
 *
 * @param name with its tag
 * @param isPublic for everybody, or for its owner alone
 * @param version 1, 2, …: new VMs get the newest
 * @param source digest of the image as it was given
 * @param sourceSize its length
 * @param disk its virtual size
 */
record OwnTemplate(
        TemplateName name,
        UserId owner,
        boolean isPublic,
        int version,
        String title,
        String description,
        int cpus,
        Bytes memory,
        ImageDigest source,
        Bytes sourceSize,
        ImageFormat format,
        Bytes disk) {
    /** What a host is told. */
    TemplateImport wish() {
        return new TemplateImport(name, title, description, cpus, memory, source, format, disk);
    }

    OwnTemplate asVersion(int number) {
        return new OwnTemplate(
                name, owner, isPublic, number, title, description, cpus, memory, source, sourceSize, format, disk);
    }
}

package dev.oriel.host.template;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.image.ImageDigest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One imported template, as it is kept.
 *
 * @param base the converted image, once there is one
 * @param failure why there will be none
 */
record ImportedTemplate(TemplateImport wish, Optional<ImageDigest> base, Optional<String> failure) {
    static ImportedTemplate wanted(TemplateImport wish) {
        return new ImportedTemplate(wish, Optional.empty(), Optional.empty());
    }

    static Path baseFile(Path bases, ImageDigest digest) {
        return bases.resolve(digest + ".qcow2");
    }

    ImportedTemplate on(ImageDigest converted) {
        return new ImportedTemplate(wish, Optional.of(converted), Optional.empty());
    }

    ImportedTemplate failed(String reason) {
        return new ImportedTemplate(wish, Optional.empty(), Optional.of(reason));
    }

    /** At a start: a base image that is gone is made again, and what failed is tried again. */
    ImportedTemplate checkedAgainst(Path bases) {
        boolean whole = base.filter(digest -> Files.isRegularFile(baseFile(bases, digest)))
                .isPresent();
        return whole ? this : wanted(wish);
    }

    @JsonIgnore
    boolean isFailed() {
        return failure.isPresent();
    }

    @JsonIgnore
    boolean isWaiting() {
        return base.isEmpty() && failure.isEmpty();
    }

    /** Guests of unknown make get the hardware that every system knows, and no way out. */
    Optional<ReadyTemplate> ready(Path bases) {
        return base.map(digest -> new ReadyTemplate(
                wish.name(),
                wish.cpus(),
                wish.memory(),
                wish.disk(),
                Optional.of(new BaseImage(digest, baseFile(bases, digest).toAbsolutePath(), wish.disk())),
                GuestNetwork.RESTRICTED,
                PointerDevice.USB,
                DisplayDevice.STD));
    }

    TemplateStatus status() {
        return new TemplateStatus(
                wish.name(),
                wish.title(),
                wish.description(),
                wish.cpus(),
                wish.memory(),
                wish.disk(),
                base.isPresent(),
                base.isPresent() ? 100 : 0,
                failure.or(() -> base.isPresent() ? Optional.empty() : Optional.of("the image is being converted")),
                failure.isPresent(),
                false,
                0,
                0,
                List.of());
    }
}

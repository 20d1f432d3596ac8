package dev.oriel.host.template;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.host.disk.ImageBuilder;
import java.util.List;
import java.util.Optional;

/** One template on its way from a recipe to something VMs can be made from. Thread-safe. */
final class LibraryEntry {
    private final Recipe recipe;
    private volatile Stage stage = new Stage(0, Optional.of("waiting for its turn"), false, Optional.empty());

    /** Written as a whole, so that readers never see half a change. */
    private record Stage(int progress, Optional<String> step, boolean failed, Optional<ReadyTemplate> ready) {}

    LibraryEntry(Recipe recipe) {
        this.recipe = recipe;
    }

    Recipe recipe() {
        return recipe;
    }

    Optional<ReadyTemplate> ready() {
        return stage.ready();
    }

    /** Progress stays below 100 until VMs can really be made. */
    void building(ImageBuilder.Progress progress) {
        stage = new Stage(Math.min(99, progress.percent()), Optional.of(progress.step()), false, Optional.empty());
    }

    void gaveUp(String why) {
        stage = new Stage(stage.progress(), Optional.of(why), true, Optional.empty());
    }

    void becameReady(Optional<BaseImage> base) {
        Bytes least = base.map(BaseImage::virtualSize).orElse(new Bytes(0));
        ReadyTemplate ready = new ReadyTemplate(
                recipe.name(),
                recipe.cpus(),
                recipe.memory(),
                recipe.disk().compareTo(least) < 0 ? least : recipe.disk(),
                base,
                recipe.network(),
                recipe.pointer(),
                recipe.display());
        stage = new Stage(100, Optional.empty(), false, Optional.of(ready));
    }

    TemplateStatus status() {
        Stage now = stage;
        return new TemplateStatus(
                recipe.name(),
                recipe.title(),
                recipe.description(),
                recipe.cpus(),
                recipe.memory(),
                now.ready().map(ReadyTemplate::disk).orElse(recipe.disk()),
                now.ready().isPresent(),
                now.progress(),
                now.step(),
                now.failed(),
                false,
                0,
                0,
                List.of());
    }
}

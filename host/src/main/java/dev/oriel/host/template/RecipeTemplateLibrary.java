package dev.oriel.host.template;

import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.host.disk.ImageBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Templates made from the recipes of {@code deploy/images}. What was built before is ready at once; the rest is built
 * in the background, one after the other, the quickest first: {@code tiny} serves while {@code desktop} still builds.
 * A build that fails says why and is tried again at the next start.
 */
public final class RecipeTemplateLibrary implements TemplateLibrary, AutoCloseable {
    private static final Logger LOG = System.getLogger(RecipeTemplateLibrary.class.getName());
    private static final String SHARED = "lib";
    private static final List<String> FIRST = List.of("tiny", "desktop");
    private static final Duration GOODBYE = Duration.ofSeconds(10);

    private final List<LibraryEntry> entries;
    private final ImageCache cache;
    private final BaseImageStore bases;
    private final Thread builds;

    private RecipeTemplateLibrary(List<LibraryEntry> entries, ImageCache cache, BaseImageStore bases) {
        this.entries = entries;
        this.cache = cache;
        this.bases = bases;
        this.builds = Thread.ofVirtual().name("template-builds").unstarted(this::makeAll);
    }

    /**
     * Reads the recipes and starts to build what is missing.
     *
     * @param recipes directory of recipe directories
     * @param cache directory of built images
     * @param bases directory of base images, on the file system of the overlays
     * @throws IOException when a directory cannot be read or made
     */
    public static RecipeTemplateLibrary start(Path recipes, Path cache, Path bases) throws IOException {
        List<LibraryEntry> entries =
                readRecipes(recipes).stream().map(LibraryEntry::new).toList();
        RecipeTemplateLibrary library =
                new RecipeTemplateLibrary(entries, new ImageCache(cache), new BaseImageStore(bases));
        for (LibraryEntry entry : entries) {
            library.takeWhatIsThere(entry);
        }
        library.builds.start();
        return library;
    }

    @Override
    public List<TemplateStatus> statuses() {
        return entries.stream().map(LibraryEntry::status).toList();
    }

    @Override
    public Optional<ReadyTemplate> ready(TemplateName name) {
        return entries.stream()
                .filter(entry -> entry.recipe().name().equals(name))
                .findFirst()
                .flatMap(LibraryEntry::ready);
    }

    /** Ends a running build with all its processes; the next start goes on with it. */
    @Override
    public void close() {
        builds.interrupt();
        cache.close();
        try {
            builds.join(GOODBYE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static List<Recipe> readRecipes(Path recipes) throws IOException {
        List<Path> directories;
        try (Stream<Path> found = Files.list(recipes)) {
            directories = found.filter(Recipe::isAt).toList();
        }
        List<Recipe> read = new ArrayList<>();
        for (Path directory : directories) {
            try {
                read.add(Recipe.read(directory, recipes.resolve(SHARED)));
            } catch (IOException e) {
                LOG.log(Level.ERROR, "a template recipe is left out: {0}", e.getMessage());
            }
        }
        read.sort(Comparator.comparingInt(RecipeTemplateLibrary::place)
                .thenComparing(recipe -> recipe.name().value()));
        return read;
    }

    private static int place(Recipe recipe) {
        int place = FIRST.indexOf(recipe.name().value());
        return place < 0 ? FIRST.size() : place;
    }

    private void takeWhatIsThere(LibraryEntry entry) throws IOException {
        if (entry.recipe().build().isEmpty()) {
            entry.becameReady(Optional.empty());
        } else {
            bases.known(cache.imageOf(entry.recipe())).ifPresent(base -> entry.becameReady(Optional.of(base)));
        }
    }

    private void makeAll() {
        for (LibraryEntry entry : entries) {
            if (entry.ready().isPresent()) {
                continue;
            }
            try {
                make(entry);
            } catch (InterruptedException e) {
                return;
            } catch (IOException | UncheckedIOException e) {
                LOG.log(
                        Level.ERROR,
                        "template {0} could not be built: {1}",
                        entry.recipe().name(),
                        e);
                entry.gaveUp(e instanceof BuildFailedException ? String.valueOf(e.getMessage()) : "the build failed");
            }
        }
    }

    private void make(LibraryEntry entry) throws IOException, InterruptedException {
        LOG.log(Level.INFO, "building template {0}", entry.recipe().name());
        Path built = cache.build(entry.recipe(), entry::building);
        entry.building(new ImageBuilder.Progress(99, "taking the image in"));
        entry.becameReady(Optional.of(bases.take(built)));
        LOG.log(Level.INFO, "template {0} is ready", entry.recipe().name());
    }
}

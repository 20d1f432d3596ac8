package dev.oriel.host.template;

import dev.oriel.host.disk.ImageBuilder;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Built images by name and key, {@code <name>-<key>.qcow2}; shared by all Oriels of a machine that are given the same
 * directory. A build that was interrupted goes on from its work directory. Thread-safe.
 */
final class ImageCache implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ImageCache.class.getName());
    private static final Duration BUILD_LIMIT = Duration.ofHours(3);
    private static final Duration LOCK_LIMIT = Duration.ofHours(4);
    private static final Duration LOCK_PAUSE = Duration.ofSeconds(1);
    private static final Duration KEEP_OLD = Duration.ofDays(7);

    private final Path directory;
    private final CountDownLatch closing = new CountDownLatch(1);
    private volatile Optional<ImageBuilder> running = Optional.empty();

    ImageCache(Path directory) throws IOException {
        this.directory = directory;
        Files.createDirectories(directory.resolve("work"));
        Files.createDirectories(directory.resolve("log"));
    }

    /** Where the recipe's image is once it is built. */
    Path imageOf(Recipe recipe) {
        return directory.resolve(recipe.imageFile());
    }

    /** Where the last build of a template wrote what it said. */
    Path logOf(Recipe recipe) {
        return directory.resolve("log").resolve(recipe.name() + ".log");
    }

    /**
     * Builds the image unless it is there, waiting for another Oriel that already builds it.
     *
     * @throws BuildFailedException when the build fails; the message says why, in the build's own last words
     * @throws InterruptedException when the cache is closed meanwhile; the next build goes on from here
     */
    Path build(Recipe recipe, Consumer<ImageBuilder.Progress> listener) throws IOException, InterruptedException {
        Path image = imageOf(recipe);
        try (BuildLock _ = lock(recipe, listener)) {
            if (!Files.isRegularFile(image)) {
                run(recipe, image, listener);
                dropOld(recipe);
            }
        }
        return image;
    }

    /** Ends a running build with all its processes. */
    @Override
    public void close() {
        closing.countDown();
        running.ifPresent(ImageBuilder::close);
    }

    private BuildLock lock(Recipe recipe, Consumer<ImageBuilder.Progress> listener)
            throws IOException, InterruptedException {
        Path file = directory.resolve(recipe.name() + ".lock");
        long end = System.nanoTime() + LOCK_LIMIT.toNanos();
        while (System.nanoTime() - end < 0) {
            Optional<BuildLock> lock = BuildLock.tryTake(file);
            if (lock.isPresent()) {
                return lock.get();
            }
            listener.accept(new ImageBuilder.Progress(0, "another Oriel on this machine builds it"));
            if (closing.await(LOCK_PAUSE.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new InterruptedException("closing");
            }
        }
        throw new BuildFailedException("another Oriel on this machine has been building it for hours");
    }

    private void run(Recipe recipe, Path image, Consumer<ImageBuilder.Progress> listener)
            throws IOException, InterruptedException {
        Path program = recipe.build().orElseThrow();
        Path work = workOf(recipe);
        Files.createDirectories(work);
        try (ImageBuilder builder = ImageBuilder.start(program, work, image, logOf(recipe), listener)) {
            running = Optional.of(builder);
            if (closing.getCount() == 0) {
                throw new InterruptedException("closing");
            }
            ImageBuilder.Result result = builder.await(BUILD_LIMIT);
            if (closing.getCount() == 0) {
                throw new InterruptedException("closing");
            }
            switch (result) {
                case ImageBuilder.Result.Failed(String lastLine) -> throw new BuildFailedException(lastLine);
                case ImageBuilder.Result.Built() -> requireImage(image);
            }
        } finally {
            running = Optional.empty();
        }
    }

    private static void requireImage(Path image) throws IOException {
        if (!Files.isRegularFile(image)) {
            throw new BuildFailedException("the build ended well but left no image");
        }
    }

    /** A work directory belongs to one key: what another recipe left half done must not leak into this image. */
    private Path workOf(Recipe recipe) {
        return directory
                .resolve("work")
                .resolve(recipe.name() + "-" + recipe.key().substring(0, 12));
    }

    /** Work of this template, which is done, and images of other keys that have not been made or used for a week. */
    private void dropOld(Recipe recipe) {
        Instant limit = Instant.now().minus(KEEP_OLD);
        try {
            for (Path work : matching(directory.resolve("work"), recipe.name() + "-????????????")) {
                deleteTree(work);
            }
            for (Path image : matching(directory, recipe.name() + "-" + "?".repeat(64) + ".qcow2")) {
                if (!image.equals(imageOf(recipe))
                        && Files.getLastModifiedTime(image).toInstant().isBefore(limit)) {
                    Files.deleteIfExists(image);
                }
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "what the image cache no longer needs could not all be removed", e);
        }
    }

    private static List<Path> matching(Path directory, String glob) throws IOException {
        try (DirectoryStream<Path> found = Files.newDirectoryStream(directory, glob)) {
            List<Path> paths = new ArrayList<>();
            found.forEach(paths::add);
            return paths;
        }
    }

    private static void deleteTree(Path root) throws IOException {
        List<Path> deepestFirst;
        try (Stream<Path> tree = Files.walk(root)) {
            deepestFirst = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}

package dev.oriel.app.up;

import dev.oriel.app.child.Child;
import dev.oriel.app.child.ChildSpec;
import dev.oriel.app.child.Children;
import dev.oriel.app.child.Signal;
import dev.oriel.app.data.DataDirectory;
import dev.oriel.app.data.Owners;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The JVM's cache of loaded classes and compiled methods, for a faster start. It is made once per build, after the
 * first start, by a training run of its own at the lowest priority: nobody waits for it.
 */
final class StartCache {
    private static final Logger LOG = LoggerFactory.getLogger(StartCache.class);
    private static final Duration STOP_GRACE = Duration.ofSeconds(10);
    private static final int OK = 0;

    private StartCache() {}

    /** Starts the training when the property {@code oriel.cache} names a file that is not there. */
    static void prepare(DataDirectory data, Children children) {
        @Nullable String wanted = System.getProperty("oriel.cache");
        if (wanted == null || Files.exists(Path.of(wanted))) {
            return;
        }
        Path cache = Path.of(wanted);
        try {
            FileChannel channel = FileChannel.open(
                    cache.resolveSibling("cache.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            @Nullable FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
                return;
            }
            train(data, children, cache, channel);
        } catch (IOException e) {
            LOG.warn("no start-up cache can be made", e);
        }
    }

    private static void train(DataDirectory data, Children children, Path cache, FileChannel channel) {
        Path part = cache.resolveSibling(cache.getFileName() + ".new");
        Path place = data.resolve("run/training");
        List<String> command = new ArrayList<>(List.of("nice", "-n", "19"));
        command.addAll(OwnJvm.command());
        command.add("-XX:AOTCacheOutput=" + part);
        command.addAll(OwnJvm.main());
        command.addAll(List.of("train", "--data", place.toString()));
        Child child = children.supervise(
                new ChildSpec("training", command, Map.of(), data.log("training"), false, Signal.TERM, STOP_GRACE));
        var _ = child.onEnd().thenAccept(status -> finish(status, part, cache, place, channel));
    }

    private static void finish(int status, Path part, Path cache, Path place, FileChannel channel) {
        try (channel) {
            if (status == OK && Files.exists(part)) {
                Files.move(part, cache, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                LOG.info("start-up cache is made");
            } else {
                LOG.warn("training for the start-up cache ended with status {}", status);
            }
            Owners.remove(place);
        } catch (IOException | java.io.UncheckedIOException e) {
            LOG.warn("no start-up cache was made", e);
        }
    }
}

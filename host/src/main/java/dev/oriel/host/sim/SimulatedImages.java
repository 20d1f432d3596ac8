package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.UnusedImage;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/** Images given to a simulated host: checked like real ones, then only their digest is kept. Thread-safe. */
final class SimulatedImages {
    private static final Duration KEPT = Duration.ofHours(6);

    private final Clock clock;
    private final Map<ImageDigest, Held> held = new ConcurrentHashMap<>();

    private record Held(Bytes size, Instant since) {}

    SimulatedImages(Clock clock) {
        this.clock = clock;
    }

    boolean has(ImageDigest digest) {
        return held.containsKey(digest);
    }

    List<UnusedImage> unused(Predicate<ImageDigest> used) {
        return held.entrySet().stream()
                .filter(image -> !used.test(image.getKey()))
                .map(image -> new UnusedImage(
                        UnusedImage.Kind.DISC,
                        image.getKey() + ".iso",
                        image.getValue().size(),
                        image.getValue().since(),
                        image.getValue().since().plus(KEPT)))
                .toList();
    }

    void put(ImageDigest digest, Bytes size, InputStream content) {
        MessageDigest sha256 = sha256();
        byte[] buffer = new byte[64 * 1024];
        long length = 0;
        try {
            for (int read = content.read(buffer); read >= 0; read = content.read(buffer)) {
                sha256.update(buffer, 0, read);
                length += read;
                if (length > size.value()) {
                    break;
                }
            }
        } catch (IOException e) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "the transfer ended early", e);
        }
        if (length != size.value() || !HexFormat.of().formatHex(sha256.digest()).equals(digest.value())) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "length or SHA-256 is not as announced");
        }
        held.put(digest, new Held(size, clock.instant()));
    }

    void drop(ImageDigest digest) {
        held.remove(digest);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}

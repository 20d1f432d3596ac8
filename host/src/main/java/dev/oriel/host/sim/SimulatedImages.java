package dev.oriel.host.sim;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Images given to a simulated host: checked like real ones, then only their digest is kept. Thread-safe. */
final class SimulatedImages {
    private final Set<ImageDigest> held = ConcurrentHashMap.newKeySet();

    boolean has(ImageDigest digest) {
        return held.contains(digest);
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
        held.add(digest);
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

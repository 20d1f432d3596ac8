package dev.oriel.api.upload;

import dev.oriel.api.account.Accounts;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageFormat;
import dev.oriel.core.image.inspect.ImageInspector;
import dev.oriel.core.image.inspect.ImageVerdict;
import dev.oriel.core.unit.Bytes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.springframework.stereotype.Component;

/** Whether an upload is what it is said to be. A few at a time, since a judgement may take some memory. Thread-safe. */
@Component
class ImageJudge {
    private static final int AT_A_TIME = 4;
    private static final int PATIENCE_SECONDS = 30;

    private final Accounts accounts;
    private final Semaphore places = new Semaphore(AT_A_TIME);

    ImageJudge(Accounts accounts) {
        this.accounts = accounts;
    }

    /**
     * What to record; empty for a plain file, whatever is in it.
     *
     * @throws OrielException {@code BAD_IMAGE} with the reason
     */
    Optional<ImageVerdict.Accepted> judge(UserId owner, UploadKind kind, Optional<ImageFormat> declared, Path file)
            throws IOException {
        return switch (kind) {
            case FILE -> Optional.empty();
            case DISK -> Optional.of(inspected(owner, declared, file));
            case ISO -> {
                if (declared.isPresent() && declared.get() != ImageFormat.ISO) {
                    throw new OrielException(ErrorCode.BAD_IMAGE, "A file of kind iso has the format iso.");
                }
                yield Optional.of(inspected(owner, Optional.of(ImageFormat.ISO), file));
            }
        };
    }

    private ImageVerdict.Accepted inspected(UserId owner, Optional<ImageFormat> declared, Path file)
            throws IOException {
        Bytes largest = new Bytes(accounts.quota(owner).diskBytes());
        takePlace();
        try {
            return switch (ImageInspector.inspect(file, declared, largest)) {
                case ImageVerdict.Accepted accepted -> accepted;
                case ImageVerdict.Refused(String reason) -> throw new OrielException(ErrorCode.BAD_IMAGE, reason);
            };
        } finally {
            places.release();
        }
    }

    private void takePlace() {
        try {
            if (places.tryAcquire(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new OrielException(ErrorCode.UNAVAILABLE, "Too many images are being looked at.");
    }
}

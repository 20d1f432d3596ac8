package dev.oriel.api.disc;

import dev.oriel.api.host.Host;
import dev.oriel.api.upload.Upload;
import dev.oriel.api.upload.UploadId;
import dev.oriel.api.upload.UploadKind;
import dev.oriel.api.upload.Uploads;
import dev.oriel.api.vm.RunningVms;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.springframework.stereotype.Component;

/** Puts one's uploads into the disc drives of one's running VMs: an ISO as it is, any other file on a disc. Thread-safe. */
@Component
class Discs {
    private final RunningVms vms;
    private final Uploads uploads;

    Discs(RunningVms vms, Uploads uploads) {
        this.vms = vms;
        this.uploads = uploads;
    }

    /** What is in the drive; empty when nothing is, or something that its owner has deleted since. */
    Optional<Upload> present(UserId owner, VmId vm) {
        return vms.hostOf(owner, vm)
                .api()
                .disc(vm)
                .flatMap(digest -> uploads.list(owner).stream()
                        .filter(upload -> digestOf(upload).equals(Optional.of(digest)))
                        .findFirst());
    }

    Upload insert(UserId owner, VmId vm, UploadId id) {
        Host host = vms.hostOf(owner, vm);
        Upload upload = uploads.get(owner, id);
        ImageDigest digest = digestOf(upload).orElseGet(() -> measured(upload));
        if (!host.api().hasImage(digest)) {
            try (InputStream content = open(upload)) {
                host.api().putImage(digest, sizeOf(upload), content);
            } catch (IOException e) {
                throw new UncheckedIOException("an upload cannot be read", e);
            }
        }
        host.api().insertDisc(vm, digest);
        return upload;
    }

    void eject(UserId owner, VmId vm) {
        vms.hostOf(owner, vm).api().ejectDisc(vm);
    }

    private static Optional<ImageDigest> digestOf(Upload upload) {
        return upload.kind() == UploadKind.ISO ? Optional.of(upload.sha256()) : upload.disc();
    }

    /** Reads the whole file once, and never again. */
    private ImageDigest measured(Upload upload) {
        try (InputStream image = open(upload)) {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            byte[] chunk = new byte[256 << 10];
            for (int read = image.read(chunk); read >= 0; read = image.read(chunk)) {
                sha256.update(chunk, 0, read);
            }
            ImageDigest digest = new ImageDigest(HexFormat.of().formatHex(sha256.digest()));
            uploads.rememberDisc(upload, digest);
            return digest;
        } catch (IOException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }

    private InputStream open(Upload upload) throws IOException {
        InputStream content = Files.newInputStream(uploads.path(upload));
        return upload.kind() == UploadKind.ISO ? content : discOf(upload).around(content);
    }

    private static Bytes sizeOf(Upload upload) {
        return upload.kind() == UploadKind.ISO ? upload.size() : discOf(upload).size();
    }

    private static DiscImage discOf(Upload upload) {
        return new DiscImage(upload.name(), upload.size(), upload.createdAt());
    }
}

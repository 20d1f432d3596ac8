package dev.oriel.api.disc;

import dev.oriel.api.account.Caller;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.upload.Upload;
import dev.oriel.api.upload.UploadId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/{id}/disc}: the disc drive of a running VM. */
@RestController
@RequestMapping("/vm/{id}/disc")
class DiscResource {
    private final Discs discs;

    DiscResource(Discs discs) {
        this.discs = discs;
    }

    /** @param upload id of one's own upload, of any kind */
    record InsertDisc(@Nullable String upload) {}

    @GetMapping
    Upload show(Caller caller, @PathVariable VmId id) {
        return discs.present(caller.id(), id)
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "No disc is in the drive."));
    }

    @PutMapping
    Upload insert(Caller caller, @PathVariable VmId id, @RequestBody InsertDisc body) {
        if (body.upload() == null) {
            throw FieldError.problem("upload", "is required");
        }
        return discs.insert(caller.id(), id, parsed(body.upload()));
    }

    @DeleteMapping
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void eject(Caller caller, @PathVariable VmId id) {
        discs.eject(caller.id(), id);
    }

    private static UploadId parsed(String text) {
        try {
            return new UploadId(UUID.fromString(text));
        } catch (IllegalArgumentException e) {
            throw new OrielException(ErrorCode.NOT_FOUND, "There is no such upload.", e);
        }
    }
}

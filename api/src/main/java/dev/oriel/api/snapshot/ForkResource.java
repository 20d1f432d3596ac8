package dev.oriel.api.snapshot;

import dev.oriel.api.account.Caller;
import dev.oriel.api.http.FieldError;
import dev.oriel.api.vm.Preference;
import dev.oriel.api.vm.VmAnswers;
import dev.oriel.api.vm.VmView;
import dev.oriel.core.vm.VmId;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/** {@code POST /vm/{id}/fork}: more VMs that go on from this very instant of a running one. */
@RestController
class ForkResource {
    private static final int MAX_CHILDREN = 16;

    private final Snapshots snapshots;
    private final VmAnswers answers;

    ForkResource(Snapshots snapshots, VmAnswers answers) {
        this.snapshots = snapshots;
        this.answers = answers;
    }

    /** The body, which may be missing: one child then. */
    record Fork(@Nullable Integer count) {}

    @PostMapping("/vm/{id}/fork")
    ResponseEntity<List<VmView>> fork(
            Caller caller,
            @PathVariable VmId id,
            @RequestBody(required = false) @Nullable Fork body,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Integer wanted = body == null ? null : body.count();
        int count = wanted == null ? 1 : wanted;
        if (count < 1 || count > MAX_CHILDREN) {
            throw FieldError.problem("count", "must be 1 to " + MAX_CHILDREN);
        }
        return answers.created(caller, snapshots.fork(caller.id(), id, count), Preference.wait(prefer));
    }
}

package dev.oriel.api.template;

import dev.oriel.core.account.UserId;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import java.util.Optional;
import java.util.UUID;

/**
 * A VM's disk on its way to become a template.
 *
 * @param shown what the template will be called
 * @param snapshot what of the disk is taken
 * @param ownSnapshot whether it was taken for this alone
 * @param failure why there will be no template
 */
record Publication(
        UUID id,
        UserId owner,
        String shown,
        boolean isPublic,
        String title,
        String description,
        int cpus,
        Bytes memory,
        Bytes disk,
        SnapshotId snapshot,
        boolean ownSnapshot,
        State state,
        Optional<String> failure) {
    /** How far it is. */
    enum State {
        WANTED,
        DONE,
        FAILED
    }

    /** A name that no template has. */
    TemplateName name() {
        return TemplateName.imported(shown, id.toString().substring(0, 8));
    }
}

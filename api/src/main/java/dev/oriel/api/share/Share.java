package dev.oriel.api.share;

import dev.oriel.core.account.UserId;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.ShareId;
import dev.oriel.core.vm.VmId;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A share link as it stands.
 *
 * @param mode the most that its visitors may do
 * @param passwordHash Argon2id; empty when the link alone is enough
 * @param maxUses how many visitors it lets in; empty for any number
 * @param uses how many it has let in
 */
record Share(
        ShareId id,
        VmId vm,
        UserId owner,
        ConsolePermission mode,
        Optional<String> passwordHash,
        Instant createdAt,
        Instant expiresAt,
        OptionalInt maxUses,
        int uses) {
    /** Never the password's hash. */
    @Override
    public String toString() {
        return "Share[" + id + "]";
    }
}

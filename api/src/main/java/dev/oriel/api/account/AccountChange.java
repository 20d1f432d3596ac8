package dev.oriel.api.account;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an administrator changes about an account; what is empty stays.
 *
 * @param quota by what it limits; an empty number stands for the default of the configuration
 */
public record AccountChange(Optional<Role> role, Optional<Boolean> disabled, Map<QuotaKind, OptionalLong> quota) {
    public AccountChange {
        quota = Map.copyOf(quota);
    }

    /** In words, for the audit log. */
    String words() {
        StringBuilder words = new StringBuilder();
        role.ifPresent(to -> words.append("role ").append(to.slug()).append("; "));
        disabled.ifPresent(off -> words.append(off ? "disabled; " : "enabled; "));
        quota.forEach((kind, limit) -> words.append(kind.field())
                .append(' ')
                .append(limit.isPresent() ? Long.toString(limit.getAsLong()) : "default")
                .append("; "));
        return words.toString().strip();
    }
}

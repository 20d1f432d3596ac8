package dev.oriel.api.vm;

import dev.oriel.api.account.Usage;
import dev.oriel.api.account.UsageSource;
import dev.oriel.core.account.UserId;
import org.springframework.stereotype.Component;

/** The VMs' part of what an account uses. */
@Component
class VmUsage implements UsageSource {
    private final VmQuotaStore store;

    VmUsage(VmQuotaStore store) {
        this.store = store;
    }

    @Override
    public Usage usage(UserId owner) {
        return store.usage(owner);
    }
}

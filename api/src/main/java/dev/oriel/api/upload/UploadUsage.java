package dev.oriel.api.upload;

import dev.oriel.api.account.Usage;
import dev.oriel.api.account.UsageSource;
import dev.oriel.core.account.UserId;
import org.springframework.stereotype.Component;

/** The files' part of what an account uses. */
@Component
class UploadUsage implements UsageSource {
    private final UploadQuotaStore store;

    UploadUsage(UploadQuotaStore store) {
        this.store = store;
    }

    @Override
    public Usage usage(UserId owner) {
        return store.used(owner);
    }
}

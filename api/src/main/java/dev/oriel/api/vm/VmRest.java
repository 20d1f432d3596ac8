package dev.oriel.api.vm;

import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.vm.VmId;
import org.springframework.stereotype.Component;

/** Puts to rest whatever of an owner runs: when the money is spent. Thread-safe. */
@Component
public class VmRest {
    private final Vms vms;
    private final VmStore store;

    VmRest(Vms vms, VmStore store) {
        this.vms = vms;
        this.store = store;
    }

    /**
     * Has all VMs of {@code owner} suspended, or stopped; what cannot be suspended now is stopped. Asked again, it
     * reaches those that were on their way.
     *
     * @return how many were told
     */
    public int rest(UserId owner, boolean suspend) {
        int told = 0;
        for (VmId id : store.wantedToRun(owner)) {
            told += rest(owner, id, suspend) ? 1 : 0;
        }
        return told;
    }

    private boolean rest(UserId owner, VmId id, boolean suspend) {
        try {
            var _ = suspend ? vms.suspend(owner, id) : vms.stop(owner, id, false);
            return true;
        } catch (OrielException e) {
            if (suspend && e.code() == ErrorCode.STATE_CONFLICT) {
                return rest(owner, id, false);
            }
            return false;
        }
    }
}

package dev.oriel.api.session;

import dev.oriel.core.account.UserId;
import dev.oriel.core.vm.VmId;

/** Which session: of this user with this VM. */
record SessionKey(VmId vm, UserId user) {
    /** Its field in Redis. */
    String field() {
        return vm + ":" + user;
    }
}

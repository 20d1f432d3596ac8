package dev.oriel.api.vm;

import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.TemplateName;
import java.util.Optional;

/**
 * Where a VM goes that is about to be made, when that is known without asking anybody: it is written with the VM then
 * and not after it. Thread-safe.
 */
public interface HostGuess {
    /** A host that has this template and room for one more; empty: whoever sends the VM to a host chooses one. */
    Optional<HostName> guess(TemplateName template);
}

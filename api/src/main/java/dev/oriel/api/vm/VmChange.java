package dev.oriel.api.vm;

import dev.oriel.core.unit.Bytes;
import java.util.Optional;

/** A checked wish to change a VM's settings; what is empty stays. Hardware counts from the next start. */
record VmChange(
        Optional<String> name,
        Optional<Labels> labels,
        Optional<Integer> cpus,
        Optional<Bytes> memory,
        Optional<Bytes> disk,
        Optional<WhenUnwatched> whenUnwatched,
        Optional<RestartPolicy> restartPolicy) {}

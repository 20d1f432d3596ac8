package dev.oriel.api.vm;

import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.TemplateName;
import java.util.Optional;

/** A checked wish for a VM: template known and ready, sizes within bounds, the ISO and snapshot the owner's own. */
record NewVm(
        Optional<String> name,
        Labels labels,
        TemplateName template,
        int cpus,
        Bytes memory,
        Bytes disk,
        Optional<ImageDigest> iso,
        Optional<SnapshotSource.Kept> from,
        WhenUnwatched whenUnwatched,
        RestartPolicy restartPolicy,
        Optional<String> userData,
        Optional<Firmware> firmware) {}

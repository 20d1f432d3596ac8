package dev.oriel.api.vm;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.oriel.core.host.HookState;
import dev.oriel.core.host.HostName;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.Firmware;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A VM in answers and events.
 *
 * @param diskUsedBytes what its disk, its snapshots and its saved memory really take, some seconds ago
 * @param hooks whether a guest that began as a copy, or was away, has been told who it is and what time; none: it booted
 * @param expiresAt when it is stopped, suspended or deleted ({@code expires}) by itself, as far as is known now
 * @param restartsAt when it is started again by itself, if it is to be
 * @param parent the VM that it was forked from, or whose snapshot it was made from; it may be gone
 * @param actions what its owner can ask for now
 * @param console only while it runs; with a ticket only in the answer to a POST
 */
@JsonInclude(JsonInclude.Include.ALWAYS)
public record VmView(
        String id,
        String name,
        Map<String, String> labels,
        String template,
        VmState state,
        String desired,
        @Nullable String reason,
        int cpus,
        int memoryMiB,
        int diskGiB,
        @Nullable Long diskUsedBytes,
        @Nullable String iso,
        @Nullable Firmware firmware,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Long bootMillis,
        @Nullable HookState hooks,
        @Nullable Instant expiresAt,
        Vm.@Nullable Fate expires,
        WhenUnwatched whenUnwatched,
        RestartPolicy restartPolicy,
        @Nullable Instant restartsAt,
        @Nullable String host,
        @Nullable String parent,
        List<String> actions,
        @Nullable ConsoleView console) {

    static VmView of(Vm vm, Optional<ConsoleView> console) {
        return new VmView(
                vm.id().toString(),
                vm.name(),
                vm.labels().all(),
                vm.template().shown(),
                vm.state(),
                VmStore.word(vm.desired()),
                vm.seen().reason().orElse(null),
                vm.cpus(),
                vm.memory().toMiB(),
                vm.disk().toGiB(),
                vm.diskUsed().map(Bytes::value).orElse(null),
                vm.iso().map(digest -> digest.value()).orElse(null),
                vm.boot().firmware().orElse(null),
                vm.createdAt(),
                vm.seen().startedAt().orElse(null),
                vm.seen().bootMillis().orElse(null),
                vm.seen().hooks().orElse(null),
                vm.expiry().at().orElse(null),
                vm.expiry().fate().orElse(null),
                vm.whenUnwatched(),
                vm.restarts().policy(),
                vm.restarts().due().orElse(null),
                vm.host().map(HostName::value).orElse(null),
                vm.parent().map(VmId::toString).orElse(null),
                VmActions.of(vm),
                console.orElse(null));
    }
}

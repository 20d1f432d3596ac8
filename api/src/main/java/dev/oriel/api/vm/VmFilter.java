package dev.oriel.api.vm;

import dev.oriel.api.http.FieldError;
import dev.oriel.core.vm.VmState;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which of the owner's VMs a list shows; what is empty matches all.
 *
 * @param states any of these
 * @param template the template's name
 * @param labels that it must have
 * @param name part of the VM's name, whatever its case
 */
record VmFilter(List<VmState> states, Optional<String> template, Optional<String> name, Labels.Wanted labels) {
    static final VmFilter ALL = new VmFilter(List.of(), Optional.empty(), Optional.empty(), Labels.Wanted.ANY);

    private static final int MAX_LENGTH = 100;

    VmFilter {
        states = List.copyOf(states);
    }

    /**
     * Reads the parameters of {@code GET /vm}; {@code state} may name several, with commas between them.
     *
     * @throws dev.oriel.core.error.OrielException bad-request
     */
    static VmFilter of(
            @Nullable String state, @Nullable String template, @Nullable String name, @Nullable String label) {
        return new VmFilter(
                state == null
                        ? List.of()
                        : Arrays.stream(state.split(",", -1))
                                .map(VmFilter::state)
                                .toList(),
                bounded("template", template),
                bounded("name", name),
                Labels.Wanted.of(label));
    }

    private static VmState state(String word) {
        return Arrays.stream(VmState.values())
                .filter(state -> state.word().equals(word.strip()))
                .findFirst()
                .orElseThrow(() -> FieldError.problem(
                        "state",
                        "must be of "
                                + Arrays.stream(VmState.values())
                                        .map(VmState::word)
                                        .collect(Collectors.joining(", "))));
    }

    private static Optional<String> bounded(String field, @Nullable String text) {
        if (text != null && (text.isEmpty() || text.length() > MAX_LENGTH)) {
            throw FieldError.problem(field, "must have 1 to " + MAX_LENGTH + " characters");
        }
        return Optional.ofNullable(text);
    }
}

package dev.oriel.app.child;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * How to run one child that is to stay.
 *
 * @param name short and unique among its siblings, also the name of its record and log
 * @param environment the child's whole environment
 * @param log gets its output, appended
 * @param stop asks it to end; it is killed after {@code stopGrace}
 */
public record ChildSpec(
        String name, List<String> command, Map<String, String> environment, Path log, Signal stop, Duration stopGrace) {
    public ChildSpec {
        if (!name.matches("[a-z][a-z0-9-]{0,31}")) {
            throw new IllegalArgumentException("not a child's name: " + name);
        }
        command = List.copyOf(command);
        environment = Map.copyOf(environment);
    }
}

package dev.oriel.host.instant;

import dev.oriel.host.qmp.QmpException;
import java.time.Duration;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** Something that carries out QMP commands. */
@FunctionalInterface
public interface QmpCommands {
    JsonNode execute(String command, Map<String, ?> arguments, Duration limit)
            throws QmpException, InterruptedException;
}

package dev.oriel.host.qmp;

import tools.jackson.databind.JsonNode;

/** Something QEMU tells unasked, like {@code SHUTDOWN}; {@code data} is an empty object when it has none. */
public record QmpEvent(String name, JsonNode data) {}

package dev.oriel.host.qemu;

/**
 * What keeps a guest's process to itself.
 *
 * @param sandbox what of this machine it sees
 * @param groups how much of it it may take
 * @param egress how its guest reaches the world, when it may
 */
public record Confinement(Sandbox sandbox, ControlGroups groups, Egress egress) {}

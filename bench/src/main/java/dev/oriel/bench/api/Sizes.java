package dev.oriel.bench.api;

import java.time.Duration;

/**
 * How long and how often is measured.
 *
 * @param idle how long the idle control plane is watched
 * @param lives how long VMs are made and deleted
 * @param rounds how often each server of {@code GET /vm} is asked
 * @param load how long in each round
 * @param warmUp how long a JVM may compile before
 * @param uploadMiB size of one upload
 * @param kills how often a guest is killed, and three times as often as a role
 */
record Sizes(Duration idle, Duration lives, int rounds, Duration load, Duration warmUp, int uploadMiB, int kills) {
    static final Sizes FULL = new Sizes(
            Duration.ofSeconds(60), Duration.ofSeconds(20), 5, Duration.ofSeconds(8), Duration.ofSeconds(20), 2048, 12);
    static final Sizes QUICK = new Sizes(
            Duration.ofSeconds(30), Duration.ofSeconds(8), 3, Duration.ofSeconds(3), Duration.ofSeconds(20), 512, 6);

    int roleKills() {
        return kills / 3;
    }
}

package dev.oriel.gateway.console;

import java.time.Duration;

/**
 * Bounds of the gateway. One set of defaults serves; tests shorten them.
 *
 * @param handshake from the TCP connection to the end of the upgrade
 * @param redis how long Redis may take to answer
 * @param vncConnect how long the VM's VNC socket may take to accept
 * @param stall how long a viewer may take nothing before it is cut
 * @param pingAfter silence after which a viewer is asked whether it lives, and how long it may take to answer
 * @param closing how long the two sides of an ended console get to say goodbye
 * @param drain how long all consoles get when the gateway stops
 * @param consolesPerVm open at once
 * @param consolesPerUser open at once for all VMs of the user who answers for them
 * @param consolesPerAddress open at once from one address that the front door named
 * @param connections TCP connections open at once: each console takes two descriptors
 */
public record ConsoleLimits(
        Duration handshake,
        Duration redis,
        Duration vncConnect,
        Duration stall,
        Duration pingAfter,
        Duration closing,
        Duration drain,
        int consolesPerVm,
        int consolesPerUser,
        int consolesPerAddress,
        int connections) {
    public ConsoleLimits {
        if (consolesPerVm < 1 || consolesPerUser < 1 || consolesPerAddress < 1 || connections < 1) {
            throw new IllegalArgumentException("limits of consoles are at least 1");
        }
    }

    public static ConsoleLimits defaults() {
        return new ConsoleLimits(
                Duration.ofSeconds(10),
                Duration.ofMillis(1500),
                Duration.ofSeconds(2),
                Duration.ofSeconds(30),
                Duration.ofSeconds(30),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                64,
                256,
                512,
                9500);
    }
}

package dev.oriel.gateway.wire;

/** Hears of one {@link Wire}, on its event loop. An ended connection is readable: reading says so. */
public interface WireListener {
    void readable();

    void writable();

    /** The connection is gone both ways while nobody wanted to read it; what the kernel still held is given up. */
    void broken();
}

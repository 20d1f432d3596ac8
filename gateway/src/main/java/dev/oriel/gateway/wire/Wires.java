package dev.oriel.gateway.wire;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Path;

/** Makes {@link Wire}s of one kind. Thread-safe. */
public interface Wires {
    /**
     * Takes the socket out of a Netty channel that has left its event loop; the channel is never used again, and never
     * closed: its descriptor lives on in the wire.
     */
    Wire adopt(Channel deregistered);

    /** Connects to a unix socket, at once or not at all. */
    Wire connect(Path path) throws IOException;
}

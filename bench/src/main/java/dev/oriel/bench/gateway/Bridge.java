package dev.oriel.bench.gateway;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLSocketFactory;

/**
 * One way from a viewer to the mock VNC server.
 *
 * @param webSocket false for plain TCP
 * @param address what to ask for, new each time: tickets work once
 * @param measured the processes whose work is counted, with their children; empty for the bare socket
 */
record Bridge(
        String name,
        int port,
        boolean webSocket,
        Optional<SSLSocketFactory> tls,
        Supplier<Address> address,
        List<ProcessHandle> measured) {
    /** A path and, for the gateway, a ticket. */
    record Address(String path, Optional<String> ticket) {
        static final Address PLAIN = new Address("/", Optional.empty());

        @Override
        public String toString() {
            return "Address[" + path + "]";
        }
    }
}

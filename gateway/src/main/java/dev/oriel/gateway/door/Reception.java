package dev.oriel.gateway.door;

import dev.oriel.core.console.TicketVerifier;
import dev.oriel.core.host.HostName;
import dev.oriel.gateway.console.ConsoleLimits;
import dev.oriel.gateway.console.ConsoleRegistry;
import dev.oriel.gateway.metrics.GatewayMetrics;
import dev.oriel.gateway.recording.Recordings;
import dev.oriel.gateway.ticket.RedisLink;
import dev.oriel.gateway.wire.Wires;
import io.netty.channel.group.ChannelGroup;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * What the door needs to judge requests: shared by all connections.
 *
 * @param wires takes upgraded connections out of Netty's channels
 * @param doors connections that are not upgraded yet
 * @param verifying runs signature checks: on the event loop where they are native and short, else off it, and then it
 *     refuses work rather than queueing without bound
 * @param secret of the list of consoles
 */
public record Reception(
        HostName host,
        Set<String> origins,
        String secret,
        TicketVerifier verifier,
        Executor verifying,
        VncConnector vnc,
        Wires wires,
        ChannelGroup doors,
        RedisLink redis,
        ConsoleRegistry registry,
        Optional<Recordings> recordings,
        GatewayMetrics metrics,
        ConsoleLimits limits,
        Clock clock) {
    /** Whether the API asks. */
    boolean isOurs(HttpRequest request) {
        String given = request.headers().get(HttpHeaderNames.AUTHORIZATION, "");
        byte[] expected = ("Bearer " + secret).getBytes(StandardCharsets.UTF_8);
        return MessageDigest.isEqual(given.getBytes(StandardCharsets.UTF_8), expected);
    }

    /** Never shows the secret. */
    @Override
    public String toString() {
        return "Reception[host=" + host + "]";
    }
}

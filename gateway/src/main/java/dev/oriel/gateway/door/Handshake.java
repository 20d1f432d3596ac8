package dev.oriel.gateway.door;

import dev.oriel.core.host.HostName;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.metrics.Refusal;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a request for a console asks for, as far as the request alone tells (RFC 6455, 4.2). */
sealed interface Handshake {
    String PATH = "/vnc/";
    /** 16 random bytes. */
    Pattern KEY = Pattern.compile("[A-Za-z0-9+/]{22}==");

    /**
     * A sound handshake with a ticket that nobody looked at yet.
     *
     * @param accept the answer to {@code Sec-WebSocket-Key}
     * @param binary whether the viewer offers the subprotocol {@code binary}
     */
    record Sound(VmId vm, String ticket, String accept, boolean binary) implements Handshake {
        /** Never shows the ticket. */
        @Override
        public String toString() {
            return "Sound[vm=" + vm + "]";
        }
    }

    record Refused(Refusal why) implements Handshake {}

    /** Judges a request in this order: address, WebSocket, Origin, ticket. */
    static Handshake of(HttpRequest request, HostName host, Set<String> origins) {
        VmId vm = vm(request.uri(), host).orElse(null);
        if (vm == null) {
            return new Refused(Refusal.NOT_FOUND);
        }
        Refusal unsound = unsound(request);
        if (unsound != null) {
            return new Refused(unsound);
        }
        List<String> origin = request.headers().getAll(HttpHeaderNames.ORIGIN);
        // Stock clients send none, and the ticket is the proof; browsers always send one.
        if (!origin.isEmpty() && (origin.size() > 1 || !origins.contains(origin.getFirst()))) {
            return new Refused(Refusal.ORIGIN);
        }
        List<String> protocols = tokens(request.headers(), "Sec-WebSocket-Protocol");
        Set<String> tickets = tickets(request.uri(), protocols);
        if (tickets.size() != 1) {
            return new Refused(Refusal.NO_TICKET);
        }
        String key = request.headers().get("Sec-WebSocket-Key");
        return new Sound(vm, tickets.iterator().next(), accept(key), protocols.contains("binary"));
    }

    private static Optional<VmId> vm(String uri, HostName host) {
        int query = uri.indexOf('?');
        String path = query < 0 ? uri : uri.substring(0, query);
        String prefix = PATH + host + "/";
        if (!path.startsWith(prefix)) {
            return Optional.empty();
        }
        try {
            return Optional.of(VmId.of(path.substring(prefix.length())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static @Nullable Refusal unsound(HttpRequest request) {
        HttpHeaders headers = request.headers();
        if (!request.method().equals(HttpMethod.GET)
                || !request.protocolVersion().equals(HttpVersion.HTTP_1_1)) {
            return Refusal.BAD_HANDSHAKE;
        }
        if (!hasToken(headers, "Upgrade", "websocket") || !hasToken(headers, "Connection", "upgrade")) {
            return Refusal.NOT_WEBSOCKET;
        }
        if (!List.of("13").equals(headers.getAll("Sec-WebSocket-Version"))) {
            return Refusal.NOT_WEBSOCKET;
        }
        List<String> keys = headers.getAll("Sec-WebSocket-Key");
        boolean goodKey = keys.size() == 1 && KEY.matcher(keys.getFirst()).matches();
        return goodKey ? null : Refusal.BAD_HANDSHAKE;
    }

    private static Set<String> tickets(String uri, List<String> protocols) {
        Set<String> tickets = new LinkedHashSet<>();
        for (String protocol : protocols) {
            if (protocol.startsWith("ticket.")) {
                tickets.add(protocol.substring("ticket.".length()));
            }
        }
        if (uri.indexOf('?') >= 0) {
            tickets.addAll(query(uri));
        }
        return tickets;
    }

    private static List<String> query(String uri) {
        try {
            return new QueryStringDecoder(uri, StandardCharsets.UTF_8, true, 16)
                    .parameters()
                    .getOrDefault("ticket", List.of());
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }

    private static boolean hasToken(HttpHeaders headers, String name, String token) {
        return tokens(headers, name).stream().anyMatch(token::equalsIgnoreCase);
    }

    private static List<String> tokens(HttpHeaders headers, String name) {
        List<String> tokens = new ArrayList<>();
        for (String value : headers.getAll(name)) {
            for (String token : value.split(",", -1)) {
                tokens.add(token.strip());
            }
        }
        return tokens;
    }

    private static String accept(String key) {
        try {
            byte[] joined = (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(joined));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-1", e);
        }
    }
}

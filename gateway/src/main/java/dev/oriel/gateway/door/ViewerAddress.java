package dev.oriel.gateway.door;

import io.netty.handler.codec.http.HttpHeaders;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a viewer comes from, for the cap on consoles: an IPv4 address, or an IPv6 /64, as one customer has a whole one. */
final class ViewerAddress {
    private static final Pattern IPV4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
    private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F:]{2,39}");
    private static final int NETWORK_BYTES = 8;

    private ViewerAddress() {}

    /**
     * What the front door beside this gateway says, else the peer itself; empty for a peer on this machine for which
     * nobody speaks: it is one of Oriel's own.
     */
    static String of(@Nullable SocketAddress peer, HttpHeaders headers) {
        if (!(peer instanceof InetSocketAddress address) || address.getAddress() == null) {
            return "";
        }
        if (!address.getAddress().isLoopbackAddress()) {
            return network(address.getAddress().getHostAddress());
        }
        String forwarded = headers.get("X-Forwarded-For", "");
        return network(forwarded.substring(forwarded.lastIndexOf(',') + 1).strip());
    }

    private static String network(String text) {
        if (IPV4.matcher(text).matches()) {
            return text;
        }
        if (text.indexOf(':') < 0 || !IPV6.matcher(text).matches()) {
            return "";
        }
        try {
            byte[] bytes = InetAddress.ofLiteral(text).getAddress();
            return bytes.length == 4 ? text : java.util.HexFormat.of().formatHex(bytes, 0, NETWORK_BYTES) + "/64";
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}

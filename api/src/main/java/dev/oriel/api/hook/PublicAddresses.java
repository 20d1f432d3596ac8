package dev.oriel.api.hook;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.apache.hc.client5.http.DnsResolver;

/**
 * Resolves names to addresses of the public internet only, at the very moment of connecting: a webhook must not reach
 * Oriel's own machines, whatever its name says later. Thread-safe.
 */
final class PublicAddresses implements DnsResolver {
    private final boolean privateToo;

    PublicAddresses(boolean privateToo) {
        this.privateToo = privateToo;
    }

    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
        InetAddress[] good = Arrays.stream(InetAddress.getAllByName(host))
                .filter(address -> privateToo || isPublic(address))
                .toArray(InetAddress[]::new);
        if (good.length == 0) {
            throw new UnknownHostException("not a public address");
        }
        return good;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
        return host;
    }

    static boolean isPublic(InetAddress address) {
        boolean special = address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isLinkLocalAddress()
                || address.isSiteLocalAddress()
                || address.isMulticastAddress();
        if (special) {
            return false;
        }
        return switch (address) {
            case Inet4Address v4 -> isPublic4(v4.getAddress());
            case Inet6Address v6 -> isPublic6(v6.getAddress());
            default -> false;
        };
    }

    /** Without this network, carrier-grade NAT, protocol assignments, benchmarks and what is reserved (RFC 6890). */
    private static boolean isPublic4(byte[] address) {
        int first = Byte.toUnsignedInt(address[0]);
        int second = Byte.toUnsignedInt(address[1]);
        int third = Byte.toUnsignedInt(address[2]);
        boolean reserved = first == 0
                || first >= 240
                || (first == 100 && second >= 64 && second < 128)
                || (first == 192 && second == 0 && third == 0)
                || (first == 198 && (second == 18 || second == 19));
        return !reserved;
    }

    /** Global unicast is 2000::/3; of that not 6to4 and Teredo, which carry IPv4 addresses inside. */
    private static boolean isPublic6(byte[] address) {
        int first = Byte.toUnsignedInt(address[0]);
        boolean global = first >> 5 == 1;
        boolean sixToFour = first == 0x20 && address[1] == 0x02;
        boolean teredo = first == 0x20 && address[1] == 0x01 && address[2] == 0 && address[3] == 0;
        return global && !sixToFour && !teredo;
    }
}

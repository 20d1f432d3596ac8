package dev.oriel.api.http;

import dev.oriel.api.ApiConfig;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/**
 * Where a request came from. {@code X-Forwarded-For} counts only as far as trusted proxies wrote it: read from its right
 * end, the first address that is no trusted proxy is the client. Thread-safe.
 */
@Component
public class ClientAddress {
    private static final Pattern SHAPE = Pattern.compile("[0-9a-fA-F.:]{2,45}");
    private static final int IPV6_NETWORK_GROUPS = 4;

    private final Set<String> trusted;

    @Autowired
    ClientAddress(ApiConfig config) {
        this(config.trustedProxies());
    }

    private ClientAddress(Set<String> trusted) {
        this.trusted = Set.copyOf(trusted);
    }

    static ClientAddress trusting(Set<String> proxies) {
        return new ClientAddress(proxies);
    }

    /** The client's address as text. */
    public String of(HttpServletRequest request) {
        return resolve(request.getRemoteAddr(), request.getHeader("X-Forwarded-For"));
    }

    /** What rate limits count by: an IPv4 address, or an IPv6 /64, as one customer usually has a whole one. */
    public String network(HttpServletRequest request) {
        return network(of(request));
    }

    String resolve(String peer, @org.jspecify.annotations.Nullable String forwardedFor) {
        if (forwardedFor == null || !trusted.contains(peer)) {
            return peer;
        }
        List<String> hops =
                Arrays.stream(forwardedFor.split(",", -1)).map(String::strip).toList();
        String client = peer;
        for (String hop : hops.reversed()) {
            if (!SHAPE.matcher(hop).matches()) {
                return client;
            }
            client = hop;
            if (!trusted.contains(hop)) {
                return client;
            }
        }
        return client;
    }

    static String network(String address) {
        if (address.indexOf(':') < 0 || address.indexOf('.') >= 0) {
            return address;
        }
        String[] groups = address.split(":", -1);
        int shortened = address.indexOf("::");
        int leading = shortened < 0
                ? groups.length
                : (int) address.substring(0, shortened)
                                .chars()
                                .filter(c -> c == ':')
                                .count()
                        + 1;
        StringBuilder network = new StringBuilder();
        for (int i = 0; i < IPV6_NETWORK_GROUPS; i++) {
            network.append(i < leading && !groups[i].isEmpty() ? groups[i] : "0")
                    .append(':');
        }
        return network.append(":/64").toString();
    }
}

package dev.oriel.app.tls;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names and addresses that a server certificate must be good for. Immutable.
 *
 * @param dns host names
 * @param addresses IP addresses in text form
 */
public record ServerNames(List<String> dns, List<String> addresses) {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*");
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?");

    public ServerNames {
        dns = List.copyOf(dns);
        addresses = List.copyOf(addresses);
    }

    /** Loopback, this machine's own name, what it listens on and what its public URL says. */
    public static ServerNames of(String listen, URI publicUrl) {
        Set<String> dns = new LinkedHashSet<>(List.of("localhost"));
        Set<String> addresses = new LinkedHashSet<>(List.of("127.0.0.1", "::1"));
        for (String name : List.of(hostname(), listen, hostOf(publicUrl))) {
            if (ADDRESS.matcher(name).matches()) {
                addresses.add(name);
            } else if (NAME.matcher(name).matches()) {
                dns.add(name);
            }
        }
        addresses.removeAll(Set.of("0.0.0.0", "::"));
        return new ServerNames(List.copyOf(dns), List.copyOf(addresses));
    }

    private static String hostOf(URI url) {
        String host = url.getHost() == null ? "localhost" : url.getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private static String hostname() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            // A machine whose own name does not resolve: nobody can type that name into a browser either.
            return "localhost";
        }
    }
}

package dev.oriel.host.qemu;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What guests whose template allows egress may reach: the operator's own rules in their order, then everything but
 * private networks and mail's port. This machine itself, by whatever address, and link-local addresses (a cloud's
 * metadata among them) are out of reach in every case; there is no IPv6. Immutable.
 */
public record EgressRules(List<Rule> own) {
    /** The only address of the guests' own network that is served: names are looked up there as this machine would. */
    static final String NAME_SERVER = "198.18.0.3";

    static final String NETWORK = "198.18.0.0/24";

    private static final List<String> NEVER = List.of("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3");
    private static final List<String> NOT_BY_DEFAULT = List.of(
            "10.0.0.0/8",
            "100.64.0.0/10",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24");

    /**
     * One line of the operator's.
     *
     * @param network address or network in the form of {@code 10.1.0.0/16}
     * @param ports like {@code tcp dport 443}; empty: everything
     */
    public record Rule(boolean allow, String network, String ports) {
        private static final Pattern FORM = Pattern.compile("(allow|deny) ((?:\\d{1,3}\\.){3}\\d{1,3}(?:/\\d{1,2})?)"
                + "(?: (tcp|udp) (\\d{1,5})(?:-(\\d{1,5}))?)?");

        /**
         * Reads {@code allow 10.1.0.0/16 tcp 443} or {@code deny 198.41.0.4 udp 1000-2000} or {@code deny 8.0.0.0/8}.
         *
         * @throws IllegalArgumentException when it is none of these
         */
        public static Rule of(String text) {
            Matcher form = FORM.matcher(text.strip().replaceAll("\\s+", " "));
            if (!form.matches() || !isNetwork(form.group(2))) {
                throw new IllegalArgumentException(
                        "a rule is like 'allow 10.1.0.0/16 tcp 443' or 'deny 192.88.99.0/24', not '" + text + "'");
            }
            String ports = form.group(3) == null ? "" : form.group(3) + " dport " + range(form.group(4), form.group(5));
            return new Rule(form.group(1).equals("allow"), form.group(2), ports);
        }

        private static String range(String first, String last) {
            int from = port(first);
            int to = last == null ? from : port(last);
            if (to < from) {
                throw new IllegalArgumentException("a range of ports begins with the lower one");
            }
            return last == null ? first : from + "-" + to;
        }

        private static int port(String text) {
            int port = Integer.parseInt(text);
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("a port is 1 to 65535, not " + text);
            }
            return port;
        }

        private static boolean isNetwork(String text) {
            String[] parts = text.split("[./]");
            for (int i = 0; i < parts.length; i++) {
                if (Integer.parseInt(parts[i]) > (i == 4 ? 32 : 255)) {
                    return false;
                }
            }
            return true;
        }

        private String line() {
            String where = "ip daddr " + network + (ports.isEmpty() ? "" : " " + ports);
            return where + (allow ? " accept" : " " + REFUSE);
        }
    }

    private static final String REFUSE = "goto refused";

    public EgressRules {
        own = List.copyOf(own);
    }

    /** Reads one rule per entry; none: the defaults alone. */
    public static EgressRules of(List<String> lines) {
        return new EgressRules(lines.stream().map(Rule::of).toList());
    }

    /** As commands of nft, for the namespace that a guest's connections come from. */
    String commands(Collection<InetAddress> addressesOfHost) {
        String host = addressesOfHost.stream()
                .filter(Inet4Address.class::isInstance)
                .map(InetAddress::getHostAddress)
                .distinct()
                .sorted()
                .map(address -> "    ip daddr " + address + " " + REFUSE + "\n")
                .collect(Collectors.joining());
        String lines = own.stream().map(rule -> "    " + rule.line() + "\n").collect(Collectors.joining());
        return """
                table inet oriel {
                  chain refused {
                    meta l4proto tcp reject with tcp reset
                    reject
                  }
                  chain egress {
                    type filter hook output priority 0; policy drop;
                    oifname "lo" meta l4proto { icmp, ipv6-icmp } accept
                    oifname "lo" tcp flags & rst == rst accept
                    oifname "lo" goto refused
                    meta nfproto ipv6 goto refused
                    ip daddr %s meta l4proto { tcp, udp } th dport 53 accept
                    ip daddr { %s } goto refused
                %s%s    ip daddr { %s } goto refused
                    tcp dport 25 goto refused
                    meta l4proto { tcp, udp, icmp } accept
                  }
                }
                """.formatted(NAME_SERVER, String.join(", ", NEVER), host, lines, String.join(", ", NOT_BY_DEFAULT));
    }
}

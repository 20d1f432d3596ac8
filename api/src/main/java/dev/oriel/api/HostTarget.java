package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.host.HostName;
import java.net.URI;

/**
 * A computer that runs VMs, as the API reaches it: its VM Manager and the console gateway beside it.
 *
 * @param secret the Bearer secret of the VM Manager
 * @param gatewaySecret the Bearer secret of the gateway
 */
public record HostTarget(HostName name, URI url, String secret, URI gatewayUrl, String gatewaySecret) {
    private static final int PARTS = 5;

    /**
     * Reads one entry of {@code oriel.api.hosts}: {@code name|url|secret|gateway-url|gateway-secret}.
     *
     * @throws ConfigException naming the part that is wrong, never a secret
     */
    static HostTarget of(String text) {
        String[] parts = text.split("\\|", -1);
        if (parts.length != PARTS) {
            throw new ConfigException("an entry of oriel.api.hosts is name|url|secret|gateway-url|gateway-secret, with "
                    + PARTS + " parts, not " + parts.length);
        }
        try {
            return new HostTarget(
                    new HostName(parts[0]), httpUri(parts[1]), parts[2].strip(), httpUri(parts[3]), parts[4].strip());
        } catch (IllegalArgumentException e) {
            throw new ConfigException("an entry of oriel.api.hosts is wrong: " + e.getMessage());
        }
    }

    private static URI httpUri(String text) {
        URI uri = URI.create(text.strip());
        if (uri.getHost() == null
                || !(uri.getScheme().equals("http") || uri.getScheme().equals("https"))) {
            throw new IllegalArgumentException("not an http(s) address: " + text);
        }
        return uri;
    }

    /** Without the secrets: records print all their members, and this one gets logged. */
    @Override
    public String toString() {
        return "HostTarget[" + name + " at " + url + ", gateway " + gatewayUrl + "]";
    }
}

package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * The OpenID provider at which people may sign in.
 *
 * @param issuer its address, below which it describes itself
 * @param name what the button on the login page calls it
 * @param makesAccounts whether whoever signs in there gets an account, whatever {@code oriel.registration} says
 */
public record OidcConfig(
        URI issuer, String clientId, String clientSecret, String name, List<String> scopes, boolean makesAccounts) {
    public OidcConfig {
        scopes = List.copyOf(scopes);
    }

    /** Empty when {@code oriel.oidc.issuer} is not set. */
    static Optional<OidcConfig> from(Settings settings) {
        return settings.find("oriel.oidc.issuer").map(issuer -> {
            List<String> scopes = settings.list("oriel.oidc.scopes");
            return new OidcConfig(
                    address(issuer),
                    settings.text("oriel.oidc.client-id"),
                    settings.text("oriel.oidc.client-secret"),
                    settings.text("oriel.oidc.name", "your organisation"),
                    scopes.isEmpty() ? List.of("openid", "profile", "email") : scopes,
                    settings.flag("oriel.oidc.makes-accounts", true));
        });
    }

    private static URI address(String text) {
        try {
            URI uri = URI.create(text);
            boolean own = List.of("localhost", "127.0.0.1").contains(uri.getHost());
            if ("https".equals(uri.getScheme()) || ("http".equals(uri.getScheme()) && own)) {
                return uri;
            }
        } catch (IllegalArgumentException e) {
            throw new ConfigException("setting oriel.oidc.issuer is no address: '" + text + "'");
        }
        throw new ConfigException("setting oriel.oidc.issuer must begin with https://");
    }

    @Override
    public String toString() {
        return "OidcConfig[" + issuer + "]";
    }
}

package dev.oriel.api.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.util.DefaultResourceRetriever;
import com.nimbusds.jwt.JWT;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.GeneralException;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.TokenResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.http.HTTPRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.Nonce;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.UserInfoRequest;
import com.nimbusds.openid.connect.sdk.UserInfoResponse;
import com.nimbusds.openid.connect.sdk.claims.ClaimsSet;
import com.nimbusds.openid.connect.sdk.claims.IDTokenClaimsSet;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import com.nimbusds.openid.connect.sdk.validators.IDTokenValidator;
import dev.oriel.api.ApiConfig;
import dev.oriel.api.OidcConfig;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/** Speaks to the configured OpenID provider; what it says of itself is asked again every ten minutes. Thread-safe. */
@Component
class OidcProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OidcProvider.class);
    private static final int TIMEOUT_MILLIS = 5_000;
    private static final int MAX_BYTES = 256 << 10;
    private static final List<String> NAMES = List.of("preferred_username", "nickname", "email", "name");
    private static final Duration KEPT = Duration.ofMinutes(10);
    /** No symmetric one: a provider's public key can sign nothing. */
    private static final List<JWSAlgorithm> ALGORITHMS =
            List.of(JWSAlgorithm.RS256, JWSAlgorithm.ES256, JWSAlgorithm.PS256, JWSAlgorithm.EdDSA);

    private final Optional<OidcConfig> config;
    private final URI callback;
    private final Clock clock;
    private volatile @Nullable Known known;

    OidcProvider(ApiConfig config, Clock clock) {
        this.config = config.oidc();
        this.callback = URI.create(config.apiUrl() + "/auth/oidc/callback");
        this.clock = clock;
    }

    private record Known(OIDCProviderMetadata metadata, Instant readAt) {}

    /** What ties an answer to the browser that asked: none of it is ever told to anybody else. */
    record Attempt(String state, String nonce, String verifier, String next, String link, Instant expiresAt) {
        static Attempt fresh(String next, String link, Instant expiresAt) {
            return new Attempt(
                    new State().getValue(),
                    new Nonce().getValue(),
                    new CodeVerifier().getValue(),
                    next,
                    link,
                    expiresAt);
        }

        @Override
        public String toString() {
            return "Attempt";
        }
    }

    /**
     * Who somebody is at the provider.
     *
     * @param names what to call them, the best first; none is anything to go by
     */
    record Identity(String issuer, String subject, List<String> names, Optional<String> email) {}

    /** The settings; a server without any answers as if these routes were not there. */
    OidcConfig config() {
        return config.orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "Nobody signs in elsewhere here."));
    }

    /** Where the browser is to go. */
    URI address(Attempt attempt) {
        return new AuthenticationRequest.Builder(
                        ResponseType.CODE, new Scope(config().scopes().toArray(String[]::new)), clientId(), callback)
                .endpointURI(metadata().getAuthorizationEndpointURI())
                .state(new State(attempt.state()))
                .nonce(new Nonce(attempt.nonce()))
                .codeChallenge(new CodeVerifier(attempt.verifier()), CodeChallengeMethod.S256)
                .build()
                .toURI();
    }

    /**
     * Exchanges a code.
     *
     * @throws OrielException bad-credentials when the provider or its token is not to be believed, unavailable when it
     *     does not answer
     */
    Identity identify(Attempt attempt, String code) {
        try {
            OIDCTokenResponse tokens = tokens(attempt, code);
            IDTokenClaimsSet claims = claims(tokens, attempt);
            ClaimsSet more = userInfo(tokens, claims).orElse(claims);
            List<String> names = NAMES.stream()
                    .flatMap(
                            name -> Stream.of(claims, more).flatMap(set -> Stream.ofNullable(set.getStringClaim(name))))
                    .toList();
            return new Identity(
                    claims.getIssuer().getValue(),
                    claims.getSubject().getValue(),
                    names,
                    Optional.ofNullable(more.getStringClaim("email")));
        } catch (GeneralException | BadJOSEException | JOSEException e) {
            LOG.warn("A sign-in at {} is refused: {}", config().issuer(), e.toString());
            throw refused();
        } catch (IOException e) {
            throw unavailable(e);
        }
    }

    private OIDCTokenResponse tokens(Attempt attempt, String code) throws IOException, GeneralException {
        TokenRequest.Builder request = new TokenRequest.Builder(
                metadata().getTokenEndpointURI(),
                new ClientSecretBasic(clientId(), new Secret(config().clientSecret())),
                new AuthorizationCodeGrant(
                        new AuthorizationCode(code), callback, new CodeVerifier(attempt.verifier())));
        TokenResponse answer = OIDCTokenResponseParser.parse(
                bounded(request.build().toHTTPRequest()).send());
        if (!answer.indicatesSuccess()) {
            throw new GeneralException(String.valueOf(answer.toErrorResponse().getErrorObject()));
        }
        return (OIDCTokenResponse) answer.toSuccessResponse();
    }

    private IDTokenClaimsSet claims(OIDCTokenResponse tokens, Attempt attempt)
            throws GeneralException, BadJOSEException, JOSEException, MalformedURLException {
        JWT token = tokens.getOIDCTokens().getIDToken();
        if (token == null || !(token.getHeader().getAlgorithm() instanceof JWSAlgorithm algorithm)) {
            throw new GeneralException("no signed ID token");
        }
        if (!ALGORITHMS.contains(algorithm)) {
            throw new GeneralException("an ID token signed by " + algorithm);
        }
        return new IDTokenValidator(
                        metadata().getIssuer(),
                        clientId(),
                        algorithm,
                        metadata().getJWKSetURI().toURL(),
                        new DefaultResourceRetriever(TIMEOUT_MILLIS, TIMEOUT_MILLIS, MAX_BYTES))
                .validate(token, new Nonce(attempt.nonce()));
    }

    /** Providers may keep names and addresses out of the ID token. It is about the same subject, or not believed. */
    private Optional<ClaimsSet> userInfo(OIDCTokenResponse tokens, IDTokenClaimsSet claims)
            throws IOException, GeneralException {
        URI endpoint = metadata().getUserInfoEndpointURI();
        if (endpoint == null) {
            return Optional.empty();
        }
        UserInfoRequest request =
                new UserInfoRequest(endpoint, tokens.getOIDCTokens().getAccessToken());
        UserInfoResponse answer =
                UserInfoResponse.parse(bounded(request.toHTTPRequest()).send());
        return answer.indicatesSuccess()
                ? Optional.<ClaimsSet>ofNullable(answer.toSuccessResponse().getUserInfo())
                        .filter(more -> String.valueOf(more.getClaim("sub"))
                                .equals(claims.getSubject().getValue()))
                : Optional.empty();
    }

    private OIDCProviderMetadata metadata() {
        Known now = known;
        if (now != null && now.readAt().plus(KEPT).isAfter(clock.instant())) {
            return now.metadata();
        }
        try {
            OIDCProviderMetadata read =
                    OIDCProviderMetadata.resolve(new Issuer(config().issuer()), TIMEOUT_MILLIS, TIMEOUT_MILLIS);
            known = new Known(read, clock.instant());
            return read;
        } catch (GeneralException | IOException e) {
            throw unavailable(e);
        }
    }

    private ClientID clientId() {
        return new ClientID(config().clientId());
    }

    private static HTTPRequest bounded(HTTPRequest request) {
        request.setConnectTimeout(TIMEOUT_MILLIS);
        request.setReadTimeout(TIMEOUT_MILLIS);
        request.setFollowRedirects(false);
        return request;
    }

    private static OrielException refused() {
        return new OrielException(ErrorCode.BAD_CREDENTIALS, "You could not be signed in: please try again.");
    }

    private static OrielException unavailable(Exception cause) {
        LOG.warn("The OpenID provider does not answer: {}", cause.toString());
        return new OrielException(ErrorCode.UNAVAILABLE, "The place where you sign in does not answer.", cause);
    }
}

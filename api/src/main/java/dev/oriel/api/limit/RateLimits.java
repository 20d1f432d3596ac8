package dev.oriel.api.limit;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.http.ClientAddress;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/**
 * The rates of the contract. Every method lets the request through or throws {@link ErrorCode#RATE_LIMITED}, which tells
 * the client when to come back. Requests are counted by each replica for itself, as that costs nothing; attempts at
 * passwords and console opens are counted together, in Redis. Thread-safe.
 */
@Component
public class RateLimits {
    /** All failed passwords together. */
    private static final String ALL = "attempt:all";

    private static final Duration KNOWN = Duration.ofDays(30);
    private static final Rate CODES = new Rate(Duration.ofSeconds(30), 8);

    private final ClientAddress addresses;
    private final LocalBuckets local = new LocalBuckets();
    private final SharedBuckets shared;
    private final Rate requests;
    private final String policy;
    private final Rate attemptsOfAddress;
    private final Rate attemptsOnAccount;
    private final Rate attemptsOfAll;
    private final Rate consoles;

    RateLimits(ApiConfig config, ClientAddress addresses, StringRedisTemplate redis) {
        ApiConfig.RateLimits limits = config.rateLimits();
        this.addresses = addresses;
        shared = new SharedBuckets(redis);
        requests = Rate.perSecond(limits.requestsPerSecond(), limits.requestBurst());
        attemptsOfAddress = Rate.perMinute(limits.loginsPerMinutePerAddress());
        attemptsOnAccount = Rate.perMinute(limits.loginsPerMinutePerAccount());
        attemptsOfAll = Rate.perMinute(limits.failedLoginsPerMinute());
        policy = "\"requests\";q=" + requests.burst() + ";w="
                + Math.max(1, requests.interval().multipliedBy(requests.burst()).toSeconds());
        consoles = Rate.perSecond(limits.ticketsPerSecond(), limits.ticketBurst());
    }

    /**
     * Counts any request, by its address and, when signed in, its account. The answer tells how many more there may be,
     * of whichever is closer to its end.
     */
    public void request(HttpServletRequest request, HttpServletResponse response, @Nullable Caller caller) {
        LocalBuckets.Take take = local.take("address:" + addresses.network(request), requests);
        if (caller != null && take.delay().isZero()) {
            LocalBuckets.Take ofAccount = local.take("account:" + caller.person(), requests);
            take = ofAccount.remaining() < take.remaining()
                            || !ofAccount.delay().isZero()
                    ? ofAccount
                    : take;
        }
        tell(response, take);
        refuseAfter(take.delay());
    }

    /** As the IETF's draft-ietf-httpapi-ratelimit-headers has it: what is allowed, what is left, when it is full again. */
    private void tell(HttpServletResponse response, LocalBuckets.Take take) {
        response.setHeader("RateLimit-Policy", policy);
        long seconds = take.full().plusMillis(999).toSeconds();
        response.setHeader("RateLimit", "\"requests\";r=" + take.remaining() + ";t=" + seconds);
    }

    /** Counts the opening of a console or the making of a ticket. */
    public void consoleOpen(Caller caller) {
        refuseAfter(shared.take("console:" + caller.person(), consoles));
    }

    /** Counts the opening of a console by somebody who is not signed in. */
    public void consoleOpenFrom(HttpServletRequest request) {
        refuseAfter(shared.take("console:" + addresses.network(request), consoles));
    }

    /** Counts a new account. */
    public void registration(HttpServletRequest request) {
        refuseAfter(shared.take(addressKey(request), attemptsOfAddress));
    }

    /**
     * Counts an attempt at the password of {@code account}, before it is checked: many at once cannot slip through. Call
     * {@link #passwordWasRight} if it was. Counted by address and by account from this address, so that nobody locks an
     * owner out from elsewhere. Many addresses together meet a third limit, which does not hold for an address that
     * somebody signed in from lately: a botnet locks out nobody who has been here before.
     */
    public void passwordAttempt(HttpServletRequest request, String account) {
        Duration wait = shared.take(addressKey(request), attemptsOfAddress);
        refuseAfter(wait);
        Duration waitForAccount = shared.take(accountKey(request, account), attemptsOnAccount);
        if (!waitForAccount.isZero()) {
            shared.giveBack(addressKey(request), attemptsOfAddress);
        }
        refuseAfter(waitForAccount);
        Duration waitForAll = shared.take(ALL, attemptsOfAll);
        if (!waitForAll.isZero() && !shared.remembers(knownKey(request))) {
            shared.giveBack(addressKey(request), attemptsOfAddress);
            shared.giveBack(accountKey(request, account), attemptsOnAccount);
            refuseAfter(waitForAll);
        }
    }

    /** Takes back what {@link #passwordAttempt} counted: only failures count. */
    public void passwordWasRight(HttpServletRequest request, String account) {
        shared.giveBack(addressKey(request), attemptsOfAddress);
        shared.giveBack(accountKey(request, account), attemptsOnAccount);
        shared.giveBack(ALL, attemptsOfAll);
        shared.remember(knownKey(request), KNOWN);
    }

    /** Counts a try at an account's second factor, from wherever: its codes are short. */
    public void codeAttempt(UserId account) {
        refuseAfter(shared.take("code:" + account, CODES));
    }

    private String addressKey(HttpServletRequest request) {
        return "attempt:" + addresses.network(request);
    }

    private String knownKey(HttpServletRequest request) {
        return "known:" + addresses.network(request);
    }

    private String accountKey(HttpServletRequest request, String account) {
        return addressKey(request) + ":" + account;
    }

    private static void refuseAfter(Duration wait) {
        if (!wait.isZero()) {
            long seconds = wait.plusMillis(999).toSeconds();
            throw new OrielException(
                    ErrorCode.RATE_LIMITED,
                    "Too many requests: try again in " + seconds + " s.",
                    Map.of("retryAfter", seconds));
        }
    }
}

package dev.oriel.api.auth;

import dev.oriel.api.ApiConfig;
import jakarta.servlet.http.HttpServletRequest;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.stereotype.Component;

/** Where a browser says that a request was caused: by our own pages, by somebody else's, or it does not say. */
@Component
class CrossSite {
    private final Set<String> origins;

    @Autowired
    CrossSite(ApiConfig config) {
        this(Set.copyOf(config.origins()));
    }

    private CrossSite(Set<String> origins) {
        this.origins = origins;
    }

    static CrossSite allowing(Set<String> origins) {
        return new CrossSite(origins);
    }

    /** The answer. */
    enum Cause {
        /** A page of ours, vouched for by the browser. */
        OUR_PAGE,
        /** Somebody else's page. */
        FOREIGN_PAGE,
        /** A program, or a very old browser. */
        UNSAID
    }

    Cause cause(HttpServletRequest request) {
        return cause(request.getHeader("Origin"), request.getHeader("Sec-Fetch-Site"));
    }

    Cause cause(@Nullable String origin, @Nullable String fetchSite) {
        if (fetchSite != null && fetchSite.equals("cross-site")) {
            return Cause.FOREIGN_PAGE;
        }
        if (origin != null) {
            return origins.contains(origin.toLowerCase(Locale.ROOT)) ? Cause.OUR_PAGE : Cause.FOREIGN_PAGE;
        }
        if (fetchSite != null) {
            return fetchSite.equals("same-origin") ? Cause.OUR_PAGE : Cause.FOREIGN_PAGE;
        }
        return Cause.UNSAID;
    }
}

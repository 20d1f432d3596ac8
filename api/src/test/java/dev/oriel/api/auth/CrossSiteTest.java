package dev.oriel.api.auth;

import static dev.oriel.api.auth.CrossSite.Cause.FOREIGN_PAGE;
import static dev.oriel.api.auth.CrossSite.Cause.OUR_PAGE;
import static dev.oriel.api.auth.CrossSite.Cause.UNSAID;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CrossSiteTest {
    private final CrossSite crossSite = CrossSite.allowing(Set.of("https://localhost:8443", "https://dev.test"));

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://localhost:8443, -",
                "https://LOCALHOST:8443, -",
                "https://localhost:8443, same-origin",
                "https://dev.test, same-site",
                "-, same-origin"
            })
    void ourPages(String origin, String fetchSite) {
        assertThat(crossSite.cause(origin, fetchSite)).isEqualTo(OUR_PAGE);
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "-",
            value = {
                "https://evil.test, -",
                "https://evil.test, same-origin",
                "null, same-origin",
                "null, -",
                "'', same-origin",
                "https://localhost:8443.evil.test, -",
                "https://localhost, -",
                "http://localhost:8443, -",
                "https://localhost:8443/, -",
                "https://localhost:8443, cross-site",
                "-, cross-site",
                "-, same-site",
                "-, none",
                "-, SAME-ORIGIN"
            })
    void foreignPages(String origin, String fetchSite) {
        assertThat(crossSite.cause(origin, fetchSite)).isEqualTo(FOREIGN_PAGE);
    }

    @org.junit.jupiter.api.Test
    void programs_sayNothing() {
        assertThat(crossSite.cause(null, null)).isEqualTo(UNSAID);
    }
}

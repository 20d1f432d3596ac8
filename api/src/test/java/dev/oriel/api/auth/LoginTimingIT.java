package dev.oriel.api.auth;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.ApiTestServers;
import dev.oriel.api.TestApi;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("alone")
class LoginTimingIT {
    private static final int PAIRS = 21;
    private static final int TRIES = 10;

    /** Other work on the machine may spoil a try, a leak would spoil them all. */
    @Test
    void unknownName_takesAsLongAsAWrongPassword() {
        try (TestApi api = ApiTestServers.startApi(Map.of(
                "oriel.limits.logins-per-minute-per-address", "100000",
                "oriel.limits.logins-per-minute-per-account", "100000",
                "oriel.limits.request-burst", "10000"))) {
            api.register("known");
            measure(api, 5);
            List<Double> ratios = new ArrayList<>();
            for (int i = 0; i < TRIES && ratios.stream().noneMatch(LoginTimingIT::alike); i++) {
                ratios.add(measure(api, PAIRS));
            }
            System.out.println("login, unknown name : wrong password = " + ratios);
            assertThat(ratios)
                    .as("time for an unknown name : for a wrong password")
                    .anyMatch(LoginTimingIT::alike);
        }
    }

    private static boolean alike(double ratio) {
        return Math.abs(ratio - 1) <= 0.05;
    }

    /** The median of one divided by that of the other, taken in turns. */
    private static double measure(TestApi api, int pairs) {
        List<Long> known = new ArrayList<>();
        List<Long> unknown = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            known.add(time(api, "known"));
            unknown.add(time(api, "nobody-" + i));
        }
        return (double) median(unknown) / median(known);
    }

    private static long time(TestApi api, String name) {
        long begin = System.nanoTime();
        int status = api.post("/auth/login", Map.of("username", name, "password", "not the password"))
                .statusCode();
        long nanos = System.nanoTime() - begin;
        assertThat(status).isEqualTo(401);
        return nanos;
    }

    private static long median(List<Long> values) {
        Collections.sort(values);
        return values.get(values.size() / 2);
    }
}

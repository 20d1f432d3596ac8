package dev.oriel.api.attack;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.TestApi;
import dev.oriel.api.attack.ApiDescription.Operation;
import dev.oriel.api.vm.TestPlatform;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** Requests made from the API's own description, more or less broken: no 5xx but the expected ones, nothing told of the inside. */
class FuzzIT {
    private static final int REQUESTS = Integer.getInteger("oriel.test.fuzz", 600);
    private static final long SEED = Long.getLong("oriel.test.fuzz-seed", 20_261_123L);

    /** What an honest server may say to an honest request. */
    private static final Set<String> EXPECTED_5XX =
            Set.of("template-not-ready", "no-capacity", "host-unreachable", "insufficient-storage");

    private static final List<String> LEAKS =
            List.of("Exception", "\tat ", "org.springframework", "dev.oriel", "java.", "SELECT ", "/tmp/", "postgres");

    @Test
    void everyAnswer_isOrderly() throws IOException {
        try (TestPlatform platform = new TestPlatform(Map.of("oriel.quota.running-vms", "3"))) {
            ApiDescription description = ApiDescription.of(platform.api);
            List<Operation> operations = description.operations().stream()
                    .filter(operation -> !operation.endless())
                    .toList();
            Fuzzer fuzzer = new Fuzzer(platform.api, description, new Random(SEED));
            List<String> faults = new ArrayList<>();
            for (int i = 0; i < REQUESTS; i++) {
                Operation operation = operations.get(i % operations.size());
                Fuzzer.Shot shot = fuzzer.next(operation);
                HttpResponse<String> answer = platform.api.send(shot.request().timeout(Duration.ofSeconds(20)));
                fuzzer.learn(answer);
                fault(answer).ifPresent(fault -> faults.add(shot.words() + "\n  → " + fault));
            }
            assertThat(faults).isEmpty();
        }
    }

    private static java.util.Optional<String> fault(HttpResponse<String> answer) {
        int status = answer.statusCode();
        String type = answer.headers().firstValue("Content-Type").orElse("");
        boolean expected = status >= 500 && EXPECTED_5XX.contains(code(answer));
        boolean problem = status < 400 || type.startsWith("application/problem+json");
        boolean leak = status >= 400 && LEAKS.stream().anyMatch(answer.body()::contains);
        boolean fine = (status < 500 || expected) && problem && !leak;
        return fine ? java.util.Optional.empty() : java.util.Optional.of(status + " " + type + " " + answer.body());
    }

    private static String code(HttpResponse<String> answer) {
        try {
            JsonNode body = TestApi.json(answer);
            return body.path("code").asString("");
        } catch (JacksonException e) {
            return "";
        }
    }
}

package dev.oriel.api.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PreferenceTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "wait=0|0", "wait=5|5", "wait=60|60", "wait=61|60", "wait=999999999|60", "respond-async, wait=3|3",
                "respond-async|0", "WAIT = 7|7", "wait=\"4\"|4", "return=minimal; wait=2|2", "wait=soon|10",
                        "wait=-1|10",
                "await=3|10", "''|10"
            })
    void wait_isBetweenZeroAndAMinute(String prefer, long seconds) {
        assertThat(Preference.wait(prefer)).isEqualTo(Duration.ofSeconds(seconds));
    }

    @Test
    void noPreference_isTenSeconds() {
        assertThat(Preference.wait(null)).isEqualTo(Duration.ofSeconds(10));
    }
}

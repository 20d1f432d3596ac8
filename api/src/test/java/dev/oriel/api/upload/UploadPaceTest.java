package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.core.error.OrielException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UploadPaceTest {
    private final AtomicLong now = new AtomicLong();
    private final UploadPace pace = new UploadPace(Duration.ofMinutes(2), now::get);

    @Test
    void trickle_isEnded_afterItsGrace() {
        now.set(Duration.ofSeconds(119).toNanos());
        assertThatCode(() -> pace.check(100)).doesNotThrowAnyException();
        now.set(Duration.ofSeconds(121).toNanos());
        assertThatThrownBy(() -> pace.check(100)).isInstanceOf(OrielException.class);
    }

    @Test
    void slowButSteadyUpload_goesOn() {
        now.set(Duration.ofHours(5).toNanos());
        assertThatCode(() -> pace.check(100L << 20)).doesNotThrowAnyException();
    }
}

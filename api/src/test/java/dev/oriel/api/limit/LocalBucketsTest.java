package dev.oriel.api.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LocalBucketsTest {
    private final AtomicLong micros = new AtomicLong(1_000_000);
    private final LocalBuckets buckets = new LocalBuckets(micros::get);
    private final Rate rate = Rate.perSecond(10, 3);

    @Test
    void burst_thenTheSteadyRate() {
        assertThat(taken(5)).isEqualTo(3);
        assertThat(buckets.take("a", rate).delay()).isEqualTo(Duration.ofMillis(100));
        micros.addAndGet(100_000);
        assertThat(taken(5)).isEqualTo(1);
        micros.addAndGet(10_000_000);
        assertThat(taken(5)).isEqualTo(3);
    }

    @Test
    void keys_areIndependent() {
        taken(3);
        assertThat(buckets.take("b", rate).delay()).isZero();
    }

    @Test
    void whatIsGivenBack_canBeTakenAgain() {
        taken(3);
        buckets.giveBack("a", rate);
        assertThat(taken(2)).isEqualTo(1);
    }

    @Test
    void whatIsLeft_isTold() {
        assertThat(buckets.take("c", rate).remaining()).isEqualTo(2);
        assertThat(buckets.take("c", rate).remaining()).isEqualTo(1);
        micros.addAndGet(100_000);
        LocalBuckets.Take third = buckets.take("c", rate);
        assertThat(third.remaining()).isEqualTo(1);
        assertThat(third.full()).isEqualTo(Duration.ofMillis(200));
    }

    private int taken(int tries) {
        int taken = 0;
        for (int i = 0; i < tries; i++) {
            taken += buckets.take("a", rate).delay().isZero() ? 1 : 0;
        }
        return taken;
    }
}

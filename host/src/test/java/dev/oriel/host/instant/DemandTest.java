package dev.oriel.host.instant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.vm.TemplateName;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class DemandTest {
    private static final TemplateName DESKTOP = new TemplateName("desktop");

    private final AtomicLong now = new AtomicLong(-5);
    private final Demand demand = new Demand(now::get);

    @Test
    void demand_isWhatWasBegunLately_ofEachTemplate() {
        demand.note(DESKTOP);
        pass(Duration.ofMinutes(2));
        demand.note(DESKTOP);
        demand.note(new TemplateName("tiny"));
        assertThat(demand.of(DESKTOP)).isEqualTo(2);
        assertThat(demand.of(new TemplateName("tiny"))).isEqualTo(1);
        pass(Duration.ofMinutes(2));
        assertThat(demand.of(DESKTOP)).isEqualTo(1);
        pass(Duration.ofMinutes(2));
        assertThat(demand.of(DESKTOP)).isZero();
    }

    @Test
    void demand_isBounded() {
        for (int i = 0; i < 1000; i++) {
            demand.note(DESKTOP);
        }
        assertThat(demand.of(DESKTOP)).isEqualTo(64);
    }

    private void pass(Duration time) {
        now.addAndGet(time.toNanos());
    }
}

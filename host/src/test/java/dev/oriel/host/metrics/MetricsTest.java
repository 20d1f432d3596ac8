package dev.oriel.host.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.host.metrics.Metrics.Sample;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class MetricsTest {
    private final Metrics metrics = new Metrics();

    @Test
    void everyFamily_isRendered_withHelpAndType() {
        metrics.counter("b_total", "Things done.", "kind").increment("good");
        metrics.gauge("c_ratio", "How full.", () -> List.of(Sample.of(0.25, "disk", "a\"b\\c\nd")));
        metrics.counter("a_total", "Nothing yet.");
        assertThat(metrics.render()).isEqualTo("""
                # HELP a_total Nothing yet.
                # TYPE a_total counter
                a_total 0
                # HELP b_total Things done.
                # TYPE b_total counter
                b_total{kind="good"} 1
                # HELP c_ratio How full.
                # TYPE c_ratio gauge
                c_ratio{disk="a\\"b\\\\c\\nd"} 0.25
                """);
    }

    @Test
    void aHistogram_isCumulative() {
        Histogram histogram = metrics.histogram("wait_seconds", "Waits.", "route");
        histogram.observe(Duration.ofMillis(5), "x");
        histogram.observe(Duration.ofMillis(700), "x");
        histogram.observe(Duration.ofMinutes(2), "x");
        assertThat(metrics.render())
                .contains("wait_seconds_bucket{route=\"x\",le=\"0.005\"} 1\n")
                .contains("wait_seconds_bucket{route=\"x\",le=\"0.5\"} 1\n")
                .contains("wait_seconds_bucket{route=\"x\",le=\"1.0\"} 2\n")
                .contains("wait_seconds_bucket{route=\"x\",le=\"60.0\"} 2\n")
                .contains("wait_seconds_bucket{route=\"x\",le=\"+Inf\"} 3\n")
                .contains("wait_seconds_sum{route=\"x\"} 120.705\n")
                .contains("wait_seconds_count{route=\"x\"} 3\n");
    }

    @Test
    void aNameTwice_orAgainstTheHabits_isRefused() {
        metrics.counter("a_total", "A.");
        assertThatThrownBy(() -> metrics.counter("a_total", "A.")).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> metrics.counter("a", "A.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> metrics.histogram("a_millis", "A.")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> metrics.counter("b_total", "B.", "kind").increment())
                .isInstanceOf(IllegalArgumentException.class);
    }
}

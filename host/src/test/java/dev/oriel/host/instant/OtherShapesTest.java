package dev.oriel.host.instant;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.TemplateName;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OtherShapesTest {
    private static final Duration DELAY = Duration.ofSeconds(30);
    private static final Duration LONG = Duration.ofMinutes(11);

    private Instant now = Instant.parse("2026-11-23T12:00:00Z");
    private final InstantSource source = () -> now;
    private final OtherShapes shapes = new OtherShapes(2, Bytes.ofMiB(3000), DELAY, source.withZone(ZoneOffset.UTC));

    @Test
    void whatIsAskedFor_isDueAfterTheDelay_howeverOftenItIsAsked() {
        assertThat(shapes.note(kind(1, 512))).isTrue();
        assertThat(shapes.due()).isEmpty();
        pass(DELAY.minusSeconds(1));
        assertThat(shapes.note(kind(1, 512))).isTrue();
        assertThat(shapes.due()).isEmpty();
        pass(Duration.ofSeconds(1));
        assertThat(shapes.due()).containsExactly(kind(1, 512));
    }

    @Test
    void overTheNumber_whatWasNotUsedForLongestGoes_butNothingThatIsNew() {
        shapes.note(kind(1, 512));
        shapes.note(kind(2, 512));
        assertThat(shapes.note(kind(3, 512))).as("both are new").isFalse();
        pass(LONG);
        shapes.note(kind(1, 512));
        assertThat(shapes.note(kind(3, 512))).isTrue();
        assertThat(shapes.all()).containsExactlyInAnyOrder(kind(1, 512), kind(3, 512));
    }

    @Test
    void overTheMemory_asManyGoAsAreNeeded_andWhatNeverFitsTakesNoPlace() {
        shapes.note(kind(1, 1000));
        shapes.note(kind(2, 1000));
        pass(LONG);
        assertThat(shapes.note(kind(3, 3001))).isFalse();
        assertThat(shapes.all()).hasSize(2);
        assertThat(shapes.note(kind(3, 2500))).isTrue();
        assertThat(shapes.all()).containsExactly(kind(3, 2500));
    }

    @Test
    void whatIsThereFromBefore_isDueAtOnce_asFarAsThereIsRoom() {
        assertThat(shapes.adopt(kind(1, 1000), now.minus(LONG))).isTrue();
        assertThat(shapes.adopt(kind(2, 2500), now.minus(LONG))).isFalse();
        assertThat(shapes.due()).containsExactly(kind(1, 1000));
        assertThat(new OtherShapes(0, Bytes.ofMiB(3000), DELAY, Clock.systemUTC()).note(kind(1, 512)))
                .isFalse();
    }

    private void pass(Duration time) {
        now = now.plus(time);
    }

    private static Kind kind(int cpus, long memoryMiB) {
        return new Kind(
                new TemplateName("tiny"), Optional.of(new Kind.Hardware(cpus, Bytes.ofMiB(memoryMiB), Bytes.ofGiB(1))));
    }
}

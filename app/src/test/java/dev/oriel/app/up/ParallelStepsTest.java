package dev.oriel.app.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.oriel.app.child.ChildFailure;
import dev.oriel.app.child.Interruption;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ParallelStepsTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Progress progress = new Progress(new PrintStream(out, true, StandardCharsets.UTF_8), false);
    private final ParallelSteps steps = new ParallelSteps(progress);
    private final List<String> done = new CopyOnWriteArrayList<>();

    @AfterEach
    void endProgress() {
        progress.close();
    }

    @Test
    void step_waitsForWhatItNeeds() throws Exception {
        CountDownLatch slow = new CountDownLatch(1);
        ParallelSteps.Step first = steps.add("first", () -> slow.await(10, TimeUnit.SECONDS) && done.add("first"));
        steps.add("other", () -> {
            done.add("other");
            slow.countDown();
            return true;
        });
        steps.add("last", () -> done.add("last"), first);
        steps.await();
        assertThat(done).containsExactly("other", "first", "last");
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("✓ first").contains("✓ last");
    }

    @Test
    void firstFailure_endsTheOthers_andIsThrown() {
        ParallelSteps.Step endless = steps.add("endless", () -> new CountDownLatch(1).await(1, TimeUnit.MINUTES));
        steps.add("never", () -> done.add("never"), endless);
        steps.add("bad", () -> {
            throw new ChildFailure("no such luck");
        });
        assertThatThrownBy(steps::await).isInstanceOf(ChildFailure.class).hasMessage("no such luck");
        assertThat(done).isEmpty();
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("✗ bad").doesNotContain("✗ endless");
    }

    @Test
    void cancel_interruptsWhatRuns_andStartsNothingMore() {
        CountDownLatch begun = new CountDownLatch(1);
        ParallelSteps.Step endless = steps.add("endless", () -> {
            begun.countDown();
            return new CountDownLatch(1).await(1, TimeUnit.MINUTES);
        });
        steps.add("never", () -> done.add("never"), endless);
        assertThat(awaited(begun)).isTrue();
        steps.cancel();
        assertThatThrownBy(steps::await).isInstanceOf(Interruption.class);
        assertThat(done).isEmpty();
    }

    private static boolean awaited(CountDownLatch latch) {
        try {
            return latch.await(10, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}

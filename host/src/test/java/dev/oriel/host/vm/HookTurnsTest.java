package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class HookTurnsTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void thirtyGuests_areToldTwoAtATime_andAllAreTold() throws Exception {
        HookTurns turns = new HookTurns(2, LONG);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger told = new AtomicInteger();
        List<Thread> guests = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            guests.add(begin(turns, () -> {
                most.accumulateAndGet(now.incrementAndGet(), Math::max);
                LockSupport.parkNanos(1_000_000);
                now.decrementAndGet();
                told.incrementAndGet();
            }));
        }
        for (Thread guest : guests) {
            assertThat(guest.join(LONG)).isTrue();
        }
        assertThat(told).hasValue(30);
        assertThat(most.get()).isBetween(1, 2);
    }

    @Test
    void guestThatKeepsItsTurn_isOvertaken() throws Exception {
        HookTurns turns = new HookTurns(1, Duration.ofMillis(10));
        CountDownLatch over = new CountDownLatch(1);
        CountDownLatch keeps = new CountDownLatch(1);
        Thread hostile = begin(turns, () -> {
            keeps.countDown();
            over.await();
        });
        keeps.await();
        AtomicInteger told = new AtomicInteger();

        assertThat(begin(turns, told::incrementAndGet).join(LONG)).isTrue();

        assertThat(told).hasValue(1);
        assertThat(hostile.isAlive()).isTrue();
        over.countDown();
        assertThat(hostile.join(LONG)).isTrue();
    }

    private static Thread begin(HookTurns turns, HookTurns.Work<RuntimeException> work) {
        return Thread.ofVirtual().start(() -> {
            try {
                turns.take(work);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}

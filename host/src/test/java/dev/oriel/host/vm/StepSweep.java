package dev.oriel.host.vm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;

/**
 * Lives of VM Managers that end before one of their steps: some steps at random or, when as many are wanted as a life
 * has, every one, once each.
 *
 * @param wanted how many lives
 * @param about how many steps a life has that nobody cuts short, roughly
 * @param least how many it has at the very least
 */
record StepSweep(int wanted, int about, int least) {
    /** Where a sweep over every step goes on that was run in pieces. */
    private static final int FIRST = Integer.getInteger("oriel.test.first-step", 1);

    interface Round {
        /** Lives until {@code step} and looks at what is left. */
        KilledManager.Life live(int step) throws Exception;
    }

    void over(Round round) throws Exception {
        Random random = new Random();
        boolean all = wanted >= about;
        for (int i = all ? FIRST : 1; i <= wanted; i++) {
            int step = all ? i : 1 + random.nextInt(about);
            KilledManager.Life life = round.live(step);
            if (all && life.steps() < step) {
                assertThat(life.steps())
                        .as("steps of a life that nobody cut short")
                        .isGreaterThan(least);
                return;
            }
        }
    }
}

package dev.oriel.host.qemu;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GuestProcessTest {
    private static final String STAT =
            "%s (%s) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 %d 1000 1 18446744073709551615 0 0 0";

    @Test
    void statLine_isReadBehindAnyName() {
        assertThat(GuestProcess.parse(STAT.formatted("42", "sh", 777))).contains(new GuestProcess(42, 777));
        assertThat(GuestProcess.parse(STAT.formatted("42", "a) R 9 (b c", 777))).contains(new GuestProcess(42, 777));
    }

    @Test
    void brokenLine_isNobody() {
        for (String line : new String[] {"", "42", "42 (sh", "42 (sh) S 1 2", "x (sh) S 1 42 42 0 -1"}) {
            assertThat(GuestProcess.parse(line)).as(line).isEmpty();
        }
    }

    @Test
    void samePid_withAnotherStartTime_isSomebodyElse() {
        GuestProcess self = GuestProcess.of(ProcessHandle.current().pid()).orElseThrow();

        assertThat(self.isAlive()).isTrue();
        assertThat(new GuestProcess(self.pid(), self.startTicks() - 1).isAlive())
                .isFalse();
        assertThat(self.runs("oriel-0123abcd")).isFalse();
    }
}

package dev.oriel.api.usage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.api.Prices;
import java.math.BigDecimal;
import java.time.YearMonth;
import org.junit.jupiter.api.Test;

class StatementTest {
    private static final YearMonth MARCH = YearMonth.of(2026, 3);
    private static final Prices PRICES = new Prices(
            "EUR",
            new BigDecimal("0.02"),
            new BigDecimal("0.01"),
            new BigDecimal("0.001"),
            new BigDecimal("0.0001"),
            new BigDecimal("0.05"));

    @Test
    void everyKindOfUse_isALine_andTheTotalIsTheirSum() {
        double hour = 3600;
        UsageStore.Day sum = new UsageStore.Day(
                MARCH.atDay(1), 10 * hour, 20 * hour, 512 * 10 * hour, 100 * hour, 500.0 * (1L << 30), 3L << 30);
        Statement statement = Statement.of(MARCH, sum, PRICES);
        assertThat(statement.lines())
                .extracting(line -> line.item() + " " + line.quantity() + " " + line.unit() + " " + line.amount())
                .containsExactly(
                        "processors 20.0000 vCPU h 0.40",
                        "memory 5.0000 GiB h 0.05",
                        "suspended 100.0000 h 0.10",
                        "disk 500.0000 GiB h 0.05",
                        "uploads 3.0000 GiB 0.15");
        assertThat(statement.total()).isEqualTo(new BigDecimal("0.75"));
    }

    @Test
    void nothingUsed_costsNothing() {
        assertThat(Statement.of(MARCH, UsageStore.Day.none(MARCH.atDay(1)), PRICES)
                        .total())
                .isEqualTo(new BigDecimal("0.00"));
    }
}

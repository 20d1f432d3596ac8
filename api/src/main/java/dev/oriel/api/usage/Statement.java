package dev.oriel.api.usage;

import dev.oriel.api.Prices;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.YearMonth;
import java.util.List;

/**
 * What one month's use costs: a line for each kind of use, rounded by itself, and their sum. Pure.
 *
 * @param month in UTC
 * @param lines in the order of the price list
 */
record Statement(YearMonth month, String currency, List<Line> lines, BigDecimal total) {
    private static final BigDecimal SECONDS_PER_HOUR = BigDecimal.valueOf(3600);
    private static final BigDecimal MIB_PER_GIB = BigDecimal.valueOf(1024);
    private static final BigDecimal BYTES_PER_GIB = BigDecimal.valueOf(1L << 30);
    private static final int QUANTITY_DIGITS = 4;
    private static final int MONEY_DIGITS = 2;

    /** One kind of use. */
    record Line(String item, BigDecimal quantity, String unit, BigDecimal unitPrice, BigDecimal amount) {
        static Line of(String item, BigDecimal quantity, String unit, BigDecimal unitPrice) {
            BigDecimal shown = quantity.setScale(QUANTITY_DIGITS, RoundingMode.HALF_EVEN);
            BigDecimal amount = quantity.multiply(unitPrice).setScale(MONEY_DIGITS, RoundingMode.HALF_EVEN);
            return new Line(item, shown, unit, unitPrice, amount);
        }
    }

    Statement {
        lines = List.copyOf(lines);
    }

    static Statement of(YearMonth month, UsageStore.Day sum, Prices prices) {
        List<Line> lines = List.of(
                Line.of("processors", hours(sum.vcpuSeconds()), "vCPU h", prices.vcpuHour()),
                Line.of("memory", divided(hours(sum.memoryMiBSeconds()), MIB_PER_GIB), "GiB h", prices.memoryGiBHour()),
                Line.of("suspended", hours(sum.suspendedSeconds()), "h", prices.suspendedHour()),
                Line.of(
                        "disk",
                        divided(BigDecimal.valueOf(sum.diskByteHours()), BYTES_PER_GIB),
                        "GiB h",
                        prices.diskGiBHour()),
                Line.of(
                        "uploads",
                        divided(BigDecimal.valueOf(sum.uploadBytes()), BYTES_PER_GIB),
                        "GiB",
                        prices.uploadGiB()));
        BigDecimal total = lines.stream().map(Line::amount).reduce(BigDecimal.ZERO, BigDecimal::add);
        return new Statement(month, prices.currency(), lines, total.setScale(MONEY_DIGITS, RoundingMode.UNNECESSARY));
    }

    private static BigDecimal hours(double seconds) {
        return divided(BigDecimal.valueOf(seconds), SECONDS_PER_HOUR);
    }

    private static BigDecimal divided(BigDecimal value, BigDecimal by) {
        return value.divide(by, 12, RoundingMode.HALF_EVEN);
    }
}

package dev.oriel.api;

import dev.oriel.core.config.ConfigException;
import dev.oriel.core.config.Settings;
import java.math.BigDecimal;

/**
 * The price list, in one currency. Without any setting everything is free.
 *
 * @param currency as it stands behind amounts, like EUR
 * @param vcpuHour of one processor of a running VM for an hour
 * @param memoryGiBHour of a GiB of memory of a running VM for an hour
 * @param suspendedHour of one suspended VM for an hour, whatever its size
 * @param diskGiBHour of a GiB of a VM's disk for an hour, whether it runs or not
 * @param uploadGiB of a GiB uploaded
 */
public record Prices(
        String currency,
        BigDecimal vcpuHour,
        BigDecimal memoryGiBHour,
        BigDecimal suspendedHour,
        BigDecimal diskGiBHour,
        BigDecimal uploadGiB) {
    private static final int MAX_LENGTH = 20;

    static Prices from(Settings settings) {
        return new Prices(
                settings.text("oriel.prices.currency", "EUR"),
                price(settings, "oriel.prices.vcpu-hour"),
                price(settings, "oriel.prices.memory-gib-hour"),
                price(settings, "oriel.prices.suspended-hour"),
                price(settings, "oriel.prices.disk-gib-hour"),
                price(settings, "oriel.prices.upload-gib"));
    }

    private static BigDecimal price(Settings settings, String key) {
        String text = settings.text(key, "0");
        if (text.length() > MAX_LENGTH || !text.matches("\\d+(\\.\\d+)?")) {
            throw new ConfigException("setting " + key + " must be a price like 0.012, not '" + text + "'");
        }
        return new BigDecimal(text);
    }
}

package dev.oriel.api.usage;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.Prices;
import dev.oriel.core.account.UserId;
import java.time.Clock;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.List;
import org.springframework.stereotype.Component;

/** Makes out statements from the intervals that were metered, at today's prices. Thread-safe. */
@Component
class Statements {
    private final UsageStore store;
    private final Prices prices;
    private final Clock clock;

    Statements(UsageStore store, ApiConfig config, Clock clock) {
        this.store = store;
        this.prices = config.prices();
        this.clock = clock;
    }

    /** The month that runs, in UTC. */
    YearMonth now() {
        return YearMonth.from(LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
    }

    Statement of(UserId owner, YearMonth month) {
        UsageStore.Day sum = store.days(owner, month.atDay(1), month.atEndOfMonth()).stream()
                .reduce(UsageStore.Day.none(month.atDay(1)), UsageStore.Day::plus);
        return Statement.of(month, sum, prices);
    }

    List<UsageStore.OfSize> sizes(UserId owner, YearMonth month) {
        return store.sizes(owner, month.atDay(1), month.atEndOfMonth());
    }
}

package dev.oriel.api.usage;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.http.Csv;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /usage}: what one used, by day (UTC); an administrator may ask about anybody. */
@RestController
@RequestMapping("/usage")
class UsageResource {
    private static final int USUAL_DAYS = 30;
    private static final int MAX_DAYS = 400;
    private static final double MIB_PER_GIB = 1024;
    private static final double BYTES_PER_GIB = 1L << 30;

    private final UsageStore store;
    private final Clock clock;

    UsageResource(UsageStore store, Clock clock) {
        this.store = store;
        this.clock = clock;
    }

    /**
     * What was used in a day, or in all of them.
     *
     * @param day absent in the sum
     */
    record UsageView(
            @Nullable LocalDate day,
            long runningSeconds,
            long vcpuSeconds,
            double memoryGiBHours,
            long suspendedSeconds,
            double diskGiBHours,
            long uploadBytes) {
        static UsageView of(UsageStore.Day day) {
            return of(day.day(), day);
        }

        static UsageView of(@Nullable LocalDate date, UsageStore.Day day) {
            return new UsageView(
                    date,
                    Math.round(day.runningSeconds()),
                    Math.round(day.vcpuSeconds()),
                    rounded(day.memoryMiBSeconds() / MIB_PER_GIB / 3600),
                    Math.round(day.suspendedSeconds()),
                    rounded(day.diskByteHours() / BYTES_PER_GIB),
                    day.uploadBytes());
        }

        private static double rounded(double value) {
            return Math.round(value * 10_000) / 10_000.0;
        }
    }

    /** Days from {@code from} to {@code to}, both of them too, and their sum. */
    record UsageReport(UserId user, LocalDate from, LocalDate to, UsageView total, List<UsageView> days) {}

    @GetMapping
    UsageReport report(
            Caller caller,
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String to,
            @RequestParam(required = false) @Nullable UserId user) {
        UserId whose = whose(caller, user);
        LocalDate last = date("to", to, LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC));
        LocalDate first = date("from", from, last.minusDays(USUAL_DAYS - 1));
        List<UsageStore.Day> days = days(whose, first, last);
        UsageStore.Day sum = days.stream().reduce(UsageStore.Day.none(first), UsageStore.Day::plus);
        return new UsageReport(
                whose,
                first,
                last,
                UsageView.of(null, sum),
                days.stream().map(UsageView::of).toList());
    }

    @GetMapping("/csv")
    ResponseEntity<String> csv(
            Caller caller,
            @RequestParam(required = false) @Nullable String from,
            @RequestParam(required = false) @Nullable String to,
            @RequestParam(required = false) @Nullable UserId user) {
        UsageReport report = report(caller, from, to, user);
        StringBuilder csv = new StringBuilder(
                "day,runningSeconds,vcpuSeconds,memoryGiBHours,suspendedSeconds,diskGiBHours,uploadBytes\r\n");
        for (UsageView day : report.days()) {
            csv.append(Csv.line(
                    day.day(),
                    day.runningSeconds(),
                    day.vcpuSeconds(),
                    day.memoryGiBHours(),
                    day.suspendedSeconds(),
                    day.diskGiBHours(),
                    day.uploadBytes()));
        }
        String name = "oriel-usage-" + report.from() + "-" + report.to() + ".csv";
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, "text/csv;charset=UTF-8")
                .header(HttpHeaders.CONTENT_DISPOSITION, "attachment; filename=\"" + name + "\"")
                .body(csv.toString());
    }

    private List<UsageStore.Day> days(UserId whose, LocalDate first, LocalDate last) {
        long count = ChronoUnit.DAYS.between(first, last) + 1;
        if (count < 1 || count > MAX_DAYS) {
            throw FieldError.problem("from", "must be a day up to " + MAX_DAYS + " days before 'to'");
        }
        return store.days(whose, first, last);
    }

    /** Oneself, a team that one acts for, or as an administrator anybody. */
    static UserId whose(Caller caller, @Nullable UserId user) {
        if (user != null && !user.equals(caller.id())) {
            caller.require(Role.ADMIN);
            return user;
        }
        return caller.id();
    }

    private static LocalDate date(String field, @Nullable String text, LocalDate usual) {
        if (text == null) {
            return usual;
        }
        try {
            LocalDate date = LocalDate.parse(text);
            if (date.getYear() >= 2000 && date.getYear() < 3000) {
                return date;
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw FieldError.problem(field, "must be a day like 2026-03-31");
    }
}

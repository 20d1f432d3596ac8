package dev.oriel.api.usage;

import dev.oriel.api.account.Accounts;
import dev.oriel.api.account.Caller;
import dev.oriel.api.http.Csv;
import dev.oriel.api.http.FieldError;
import dev.oriel.core.account.UserId;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /usage/statement} and {@code /usage/budget}: what a month cost, and what it may cost. */
@RestController
@RequestMapping("/usage")
class StatementResource {
    private static final BigDecimal MAX_BUDGET = new BigDecimal("100000000");

    private final Statements statements;
    private final Budgets budgets;
    private final Accounts accounts;

    StatementResource(Statements statements, Budgets budgets, Accounts accounts) {
        this.statements = statements;
        this.budgets = budgets;
        this.accounts = accounts;
    }

    /** A line of a statement: {@code amount} is {@code quantity} times {@code unitPrice}, rounded. */
    record LineView(String item, BigDecimal quantity, String unit, BigDecimal unitPrice, BigDecimal amount) {}

    /** How long VMs of one size were used. */
    record SizeView(int cpus, int memoryMiB, long runningSeconds, long suspendedSeconds) {}

    /**
     * A month's statement.
     *
     * @param month like 2026-03, in UTC
     * @param name of the account or team
     * @param complete whether the month is over
     * @param budget what may be spent in a month, if that is limited
     */
    record StatementView(
            UserId user,
            String name,
            String month,
            boolean complete,
            String currency,
            List<LineView> lines,
            List<SizeView> sizes,
            BigDecimal total,
            @Nullable BudgetView budget) {}

    /**
     * A budget.
     *
     * @param amount of a month
     * @param action what happens when it is spent
     * @param warned whether four fifths of it are spent this month, {@code spent}: whether all of it is
     */
    record BudgetView(BigDecimal amount, BudgetAction action, boolean warned, boolean spent) {}

    /** A new budget; without an action VMs are suspended when it is spent. */
    record NewBudget(
            @NotNull(message = "is required") BigDecimal amount,
            @Nullable BudgetAction action) {}

    @GetMapping("/statement")
    StatementView statement(
            Caller caller,
            @RequestParam(required = false) @Nullable String month,
            @RequestParam(required = false) @Nullable UserId user) {
        UserId whose = UsageResource.whose(caller, user);
        YearMonth wanted = month(month);
        Statement statement = statements.of(whose, wanted);
        return new StatementView(
                whose,
                accounts.nameOf(whose).orElse(""),
                wanted.toString(),
                wanted.isBefore(statements.now()),
                statement.currency(),
                statement.lines().stream()
                        .map(line -> new LineView(
                                line.item(), line.quantity(), line.unit(), line.unitPrice(), line.amount()))
                        .toList(),
                statements.sizes(whose, wanted).stream()
                        .map(size -> new SizeView(
                                size.cpus(),
                                size.memoryMiB(),
                                Math.round(size.runningSeconds()),
                                Math.round(size.suspendedSeconds())))
                        .toList(),
                statement.total(),
                budget(whose).orElse(null));
    }

    @GetMapping("/statement/csv")
    ResponseEntity<String> statementCsv(
            Caller caller,
            @RequestParam(required = false) @Nullable String month,
            @RequestParam(required = false) @Nullable UserId user) {
        StatementView statement = statement(caller, month, user);
        StringBuilder csv = new StringBuilder("month,item,quantity,unit,unitPrice,amount,currency\r\n");
        for (LineView line : statement.lines()) {
            csv.append(Csv.line(
                    statement.month(),
                    line.item(),
                    line.quantity().toPlainString(),
                    line.unit(),
                    line.unitPrice().toPlainString(),
                    line.amount().toPlainString(),
                    statement.currency()));
        }
        csv.append(Csv.line(
                statement.month(), "total", "", "", "", statement.total().toPlainString(), statement.currency()));
        return ResponseEntity.ok()
                .header(HttpHeaders.CONTENT_TYPE, "text/csv;charset=UTF-8")
                .header(
                        HttpHeaders.CONTENT_DISPOSITION,
                        "attachment; filename=\"oriel-statement-" + statement.month() + ".csv\"")
                .body(csv.toString());
    }

    @PutMapping("/budget")
    BudgetView setBudget(
            Caller caller,
            @RequestParam(required = false) @Nullable UserId user,
            @Valid @RequestBody NewBudget wanted) {
        UserId whose = UsageResource.whose(caller, user);
        if (wanted.amount().signum() < 0
                || wanted.amount().compareTo(MAX_BUDGET) > 0
                || wanted.amount().scale() > 2) {
            throw FieldError.problem("amount", "must be 0 to " + MAX_BUDGET + " with at most two decimals");
        }
        BudgetAction action = wanted.action() == null ? BudgetAction.SUSPEND : wanted.action();
        budgets.set(caller, whose, wanted.amount(), action);
        return budget(whose).orElseThrow();
    }

    @DeleteMapping("/budget")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void removeBudget(Caller caller, @RequestParam(required = false) @Nullable UserId user) {
        budgets.set(caller, UsageResource.whose(caller, user), null, BudgetAction.SUSPEND);
    }

    private Optional<BudgetView> budget(UserId owner) {
        YearMonth now = statements.now();
        return budgets.find(owner)
                .map(row -> new BudgetView(
                        row.amount(),
                        row.action(),
                        row.warned().filter(now::equals).isPresent(),
                        row.spent().filter(now::equals).isPresent()));
    }

    private YearMonth month(@Nullable String text) {
        if (text == null) {
            return statements.now();
        }
        try {
            YearMonth month = YearMonth.parse(text);
            if (month.getYear() >= 2000 && month.getYear() < 3000) {
                return month;
            }
        } catch (DateTimeException e) {
            // Said below.
        }
        throw FieldError.problem("month", "must be a month like 2026-03");
    }
}

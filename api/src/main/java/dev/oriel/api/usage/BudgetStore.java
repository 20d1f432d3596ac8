package dev.oriel.api.usage;

import dev.oriel.core.account.UserId;
import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.time.YearMonth;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The budgets in the table of accounts. Thread-safe. */
@Component
class BudgetStore {
    private static final String COLUMNS = "SELECT id, budget, budget_action, budget_warned, budget_spent FROM account ";

    private final JdbcClient sql;

    BudgetStore(JdbcClient sql) {
        this.sql = sql;
    }

    /**
     * A budget as it stands.
     *
     * @param warned the month in which was last warned, {@code spent} in which it was last seen spent
     */
    record Row(
            UserId owner,
            BigDecimal amount,
            BudgetAction action,
            Optional<YearMonth> warned,
            Optional<YearMonth> spent) {}

    Optional<Row> find(UserId owner) {
        return sql.sql(COLUMNS + "WHERE id = :id AND budget IS NOT NULL")
                .param("id", owner.value())
                .query((row, number) -> row(row))
                .optional();
    }

    List<Row> all() {
        return sql.sql(COLUMNS + "WHERE budget IS NOT NULL AND NOT disabled")
                .query((row, number) -> row(row))
                .list();
    }

    /** False when there is no such account. */
    boolean set(UserId owner, @Nullable BigDecimal amount, BudgetAction action) {
        return sql.sql("""
                        UPDATE account SET budget = :amount, budget_action = :action,
                            budget_warned = NULL, budget_spent = NULL
                        WHERE id = :id AND NOT disabled
                        """)
                        .param("id", owner.value())
                        .param("amount", amount, java.sql.Types.NUMERIC)
                        .param("action", action.slug())
                        .update()
                > 0;
    }

    /** True for the one that notes it first this month: it alone tells. */
    boolean warn(UserId owner, YearMonth month) {
        return sql.sql("""
                        UPDATE account SET budget_warned = :month
                        WHERE id = :id AND budget_warned IS DISTINCT FROM :month
                        """)
                        .param("id", owner.value())
                        .param("month", month.atDay(1))
                        .update()
                > 0;
    }

    /** As {@link #warn}, for a budget that is spent. */
    boolean spend(UserId owner, YearMonth month) {
        return sql.sql("""
                        UPDATE account SET budget_spent = :month
                        WHERE id = :id AND budget_spent IS DISTINCT FROM :month
                        """)
                        .param("id", owner.value())
                        .param("month", month.atDay(1))
                        .update()
                > 0;
    }

    /** There is money again: a new month, or a larger budget. */
    void refill(UserId owner) {
        sql.sql("UPDATE account SET budget_spent = NULL WHERE id = :id")
                .param("id", owner.value())
                .update();
    }

    /** Tells the owner's webhooks, in the caller's transaction. */
    void tell(UserId owner, String type, Statement statement, BigDecimal budget) {
        sql.sql("""
                        INSERT INTO webhook_delivery (id, webhook_id, payload)
                        SELECT gen_random_uuid(), webhook.id, jsonb_build_object(
                            'type', CAST(:type AS text),
                            'timestamp', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
                            'data', jsonb_build_object('owner', CAST(:owner AS uuid), 'month', CAST(:month AS text),
                                                       'currency', CAST(:currency AS text),
                                                       'spent', CAST(:spent AS numeric),
                                                       'budget', CAST(:budget AS numeric)))
                        FROM webhook WHERE webhook.owner_id = :owner AND webhook.disabled_at IS NULL
                        """)
                .param("type", type)
                .param("owner", owner.value())
                .param("month", statement.month().toString())
                .param("currency", statement.currency())
                .param("spent", statement.total())
                .param("budget", budget)
                .update();
    }

    private static Row row(ResultSet row) throws SQLException {
        return new Row(
                new UserId(row.getObject("id", UUID.class)),
                row.getBigDecimal("budget"),
                BudgetAction.of(row.getString("budget_action")),
                Optional.ofNullable(row.getObject("budget_warned", LocalDate.class))
                        .map(YearMonth::from),
                Optional.ofNullable(row.getObject("budget_spent", LocalDate.class))
                        .map(YearMonth::from));
    }
}

package dev.oriel.api.usage;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.api.audit.Act;
import dev.oriel.api.audit.AuditLog;
import dev.oriel.api.vm.VmRest;
import dev.oriel.core.account.UserId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import java.math.BigDecimal;
import java.time.YearMonth;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * What may be spent in a month. At four fifths its owner is warned, once; when it is spent, what runs is put to rest and
 * nothing more starts, until the month ends or the budget grows. Compared again and again, so nothing slips through for
 * long; any number of replicas may do it. Thread-safe.
 */
@Component
class Budgets {
    private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
    private static final BigDecimal WARNED_AT = new BigDecimal("0.8");

    private final BudgetStore store;
    private final Statements statements;
    private final VmRest rest;
    private final AuditLog audit;
    private final TransactionTemplate transactions;

    Budgets(BudgetStore store, Statements statements, VmRest rest, AuditLog audit, TransactionTemplate transactions) {
        this.store = store;
        this.statements = statements;
        this.rest = rest;
        this.audit = audit;
        this.transactions = transactions;
    }

    Optional<BudgetStore.Row> find(UserId owner) {
        return store.find(owner);
    }

    /**
     * Sets what an account or team may spend in a month; null: as much as it likes.
     *
     * @throws OrielException forbidden, or not-found
     */
    void set(Caller caller, UserId owner, @Nullable BigDecimal amount, BudgetAction action) {
        caller.require(Role.ADMIN);
        transactions.executeWithoutResult(_ -> {
            if (!store.set(owner, amount, action)) {
                throw new OrielException(ErrorCode.NOT_FOUND, "There is no such account or team.");
            }
            String words = amount == null ? "none" : amount.toPlainString() + ", then " + action.slug();
            audit.record(Act.BUDGET_SET, Optional.of(caller.person()), Optional.of(owner), words);
        });
        store.find(owner).ifPresent(this::compare);
    }

    @Scheduled(fixedDelay = 15_000)
    void compareAll() {
        try {
            store.all().forEach(this::compare);
        } catch (DataAccessException e) {
            LOG.debug("Postgres does not answer", e);
        }
    }

    private void compare(BudgetStore.Row budget) {
        YearMonth month = statements.now();
        Statement statement = statements.of(budget.owner(), month);
        BigDecimal spent = statement.total();
        if (spent.compareTo(budget.amount().multiply(WARNED_AT)) >= 0) {
            tell(budget, statement, false);
        }
        if (spent.compareTo(budget.amount()) < 0) {
            if (budget.spent().isPresent()) {
                store.refill(budget.owner());
            }
            return;
        }
        tell(budget, statement, true);
        if (budget.action() != BudgetAction.WARN) {
            int told = rest.rest(budget.owner(), budget.action() == BudgetAction.SUSPEND);
            if (told > 0) {
                LOG.info("The budget of {} is spent: {} VMs are put to rest", budget.owner(), told);
            }
        }
    }

    private void tell(BudgetStore.Row budget, Statement statement, boolean all) {
        UserId owner = budget.owner();
        transactions.executeWithoutResult(_ -> {
            boolean first = all ? store.spend(owner, statement.month()) : store.warn(owner, statement.month());
            if (first) {
                store.tell(owner, all ? "budget.spent" : "budget.warned", statement, budget.amount());
                audit.record(
                        all ? Act.BUDGET_SPENT : Act.BUDGET_WARNED,
                        Optional.empty(),
                        Optional.of(owner),
                        statement.total() + " of " + budget.amount() + " " + statement.currency());
            }
        });
    }
}

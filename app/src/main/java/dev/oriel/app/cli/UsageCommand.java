package dev.oriel.app.cli;

import java.time.YearMonth;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;

/** {@code oriel usage}: what a month cost. */
@Command(
        name = "usage",
        description = "A month's statement: what you used, or with --team what a team used, and what it costs.",
        mixinStandardHelpOptions = true)
public final class UsageCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Option(names = "--month", paramLabel = "YYYY-MM", description = "Which one (default: the one that runs).")
    private @Nullable YearMonth month;

    @Override
    public Integer call() {
        JsonNode statement =
                server.connect().get(month == null ? "/usage/statement" : "/usage/statement?month=" + month);
        if (server.json()) {
            System.out.println(statement);
            return 0;
        }
        Table table = new Table("ITEM", "USED", "UNIT", "PRICE", "AMOUNT");
        statement.path("lines").forEach(line -> table.row(line, "item", "quantity", "unit", "unitPrice", "amount"));
        table.print(System.out);
        System.out.println("Total of " + statement.path("month").asString("") + ": "
                + statement.path("total").asString("") + " "
                + statement.path("currency").asString(""));
        JsonNode budget = statement.path("budget");
        if (budget.isObject()) {
            System.out.println("Budget: " + budget.path("amount").asString("") + ", then "
                    + budget.path("action").asString(""));
        }
        return 0;
    }
}

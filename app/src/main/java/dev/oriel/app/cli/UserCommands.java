package dev.oriel.app.cli;

import java.math.BigDecimal;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel user …}: accounts, for administrators. A user is named by id or user name. */
@Command(name = "user", description = "Accounts and invitations, for administrators.", mixinStandardHelpOptions = true)
public final class UserCommands {
    private static final String[] FIELDS = {"id", "username", "role", "disabled", "email", "lastSeenAt"};
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Command(name = "list", description = "Accounts by name.", mixinStandardHelpOptions = true)
    int list(
            @Mixin ServerOptions server,
            @Option(names = "--find", paramLabel = "TEXT", description = "Only those with this in their name.")
                    @Nullable
                    String text) {
        JsonNode all = server.connect().all("/admin/users?limit=200&q=" + encoded(text == null ? "" : text));
        if (server.json()) {
            System.out.println(all);
            return 0;
        }
        Table table = heading();
        all.forEach(user -> table.row(user, FIELDS));
        table.print(System.out);
        return 0;
    }

    @Command(name = "show", description = "One account, with quota and usage.", mixinStandardHelpOptions = true)
    int show(@Mixin ServerOptions server, @Parameters(paramLabel = "USER") String user) {
        ApiConnection api = server.connect();
        JsonNode account = api.get("/admin/users/" + id(api, user));
        print(server, account);
        if (!server.json()) {
            Limits.print(account);
        }
        return 0;
    }

    @Command(
            name = "create",
            description = "Make an account; prints the password that was made up for it.",
            mixinStandardHelpOptions = true)
    int create(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "USERNAME") String username,
            @Option(names = "--role", paramLabel = "ROLE", description = "user (default), operator or admin.") @Nullable
                    String role,
            @Option(names = "--email", paramLabel = "ADDRESS") @Nullable String email) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("username", username);
        put(wanted, "role", role);
        put(wanted, "email", email);
        JsonNode made = server.connect().post("/admin/users", wanted);
        print(server, server.json() ? made : made.path("user"));
        tellPassword(server, made);
        return 0;
    }

    @Command(
            name = "change",
            description = "Change the role or the quota of an account.",
            mixinStandardHelpOptions = true)
    int change(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "USER") String user,
            @Option(names = "--role", paramLabel = "ROLE", description = "user, operator or admin.") @Nullable
                    String role,
            @Mixin Limits limits) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        put(wanted, "role", role);
        wanted.putAll(limits.asBody());
        return patch(server, user, wanted);
    }

    @Command(
            name = "budget",
            description = "What a user or team may spend in a month; without AMOUNT: as much as they like.",
            mixinStandardHelpOptions = true)
    int budget(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "USER", description = "A user's name, or the id of a user or team.") String user,
            @Parameters(paramLabel = "AMOUNT", arity = "0..1") @Nullable BigDecimal amount,
            @Option(
                            names = "--then",
                            paramLabel = "ACTION",
                            defaultValue = "suspend",
                            description = "When it is spent: suspend (default), stop or warn.")
                    String action) {
        ApiConnection api = server.connect();
        String path = "/usage/budget?user=" + id(api, user);
        JsonNode budget = amount == null ? api.delete(path) : api.put(path, Map.of("amount", amount, "action", action));
        if (server.json()) {
            System.out.println(budget);
        }
        return 0;
    }

    @Command(
            name = "disable",
            description = "Nobody can sign in to it any more; everything open ends.",
            mixinStandardHelpOptions = true)
    int disable(@Mixin ServerOptions server, @Parameters(paramLabel = "USER") String user) {
        return patch(server, user, Map.of("disabled", true));
    }

    @Command(name = "enable", description = "Let its owner in again.", mixinStandardHelpOptions = true)
    int enable(@Mixin ServerOptions server, @Parameters(paramLabel = "USER") String user) {
        return patch(server, user, Map.of("disabled", false));
    }

    @Command(
            name = "reset-password",
            description = "Make up a new password and print it; all logins and API tokens end.",
            mixinStandardHelpOptions = true)
    int resetPassword(@Mixin ServerOptions server, @Parameters(paramLabel = "USER") String user) {
        ApiConnection api = server.connect();
        JsonNode reset = api.post("/admin/users/" + id(api, user) + "/password", Map.of());
        if (server.json()) {
            System.out.println(reset);
        }
        tellPassword(server, reset);
        return 0;
    }

    @Command(
            name = "invite",
            description = "Make an invitation and print its address.",
            mixinStandardHelpOptions = true)
    int invite(
            @Mixin ServerOptions server,
            @Option(names = "--uses", paramLabel = "N", description = "For how many accounts (default: 1).") @Nullable
                    Integer uses,
            @Option(names = "--days", paramLabel = "N", description = "For how long (default: 14).") @Nullable
                    Integer days,
            @Option(names = "--note", paramLabel = "TEXT", description = "For whom.") @Nullable String note) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        put(wanted, "uses", uses);
        put(wanted, "expiresInDays", days);
        put(wanted, "note", note);
        JsonNode made = server.connect().post("/admin/invitations", wanted);
        System.out.println(server.json() ? made : made.path("url").asString(""));
        return 0;
    }

    private static int patch(ServerOptions server, String user, Map<String, ?> wanted) {
        ApiConnection api = server.connect();
        print(server, api.patch("/admin/users/" + id(api, user), wanted));
        return 0;
    }

    private static void put(Map<String, Object> into, String name, @Nullable Object value) {
        if (value != null) {
            into.put(name, value);
        }
    }

    private static Table heading() {
        return new Table("ID", "NAME", "ROLE", "DISABLED", "E-MAIL", "LAST SEEN");
    }

    private static void print(ServerOptions server, JsonNode account) {
        if (server.json()) {
            System.out.println(account);
        } else {
            heading().row(account, FIELDS).print(System.out);
        }
    }

    private static void tellPassword(ServerOptions server, JsonNode made) {
        String password = made.path("password").asString("");
        if (!server.json() && !password.isEmpty()) {
            System.out.println("Password, shown only now: " + password);
        }
    }

    private static String id(ApiConnection api, String given) {
        if (given.matches(UUID)) {
            return given;
        }
        for (JsonNode user : api.all("/admin/users?limit=200&q=" + encoded(given))) {
            if (user.path("username").asString("").equalsIgnoreCase(given)) {
                return user.path("id").asString("");
            }
        }
        throw new CommandFailure(ExitClass.NOT_FOUND, "there is nobody called " + given);
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}

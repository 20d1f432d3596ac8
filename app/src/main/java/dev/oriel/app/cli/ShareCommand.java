package dev.oriel.app.cli;

import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel vm share}: links to a VM's console for people without an account. */
@Command(
        name = "share",
        description = "Make a link to its console for people without an account, or list the links there are.",
        mixinStandardHelpOptions = true)
final class ShareCommand implements Callable<Integer> {
    private static final String[] FIELDS = {"id", "mode", "password", "uses", "maxUses", "expiresAt"};
    private static final Pattern LIFE = Pattern.compile("([1-9][0-9]{0,4})([mhd])");

    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(paramLabel = "VM")
    private String vm = "";

    @Option(names = "--drive", description = "Visitors may use keyboard and mouse; without it they look on.")
    private boolean drive;

    @Option(names = "--for", paramLabel = "TIME", description = "How long it lasts: 30m, 12h, 7d (default 7d).")
    private @Nullable String life;

    @Option(names = "--uses", paramLabel = "N", description = "How many visitors it lets in (default: any number).")
    private @Nullable Integer uses;

    @Option(
            names = "--password",
            interactive = true,
            arity = "0..1",
            paramLabel = "WORD",
            description = "Ask visitors for it; without WORD it is read from the terminal.")
    private @Nullable String password;

    @Option(names = "--list", description = "List the live links instead.")
    private boolean list;

    @Override
    public Integer call() {
        ApiConnection api = server.connect();
        String path = "/vm/" + VmCommands.id(api, vm) + "/shares";
        if (list) {
            show(api.get(path));
            return 0;
        }
        JsonNode share = api.post(path, wanted());
        System.out.println(server.json() ? share.toString() : share.path("url").asString(""));
        return 0;
    }

    private Map<String, Object> wanted() {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("mode", drive ? "drive" : "view");
        if (life != null) {
            wanted.put("expiresAt", Instant.now().plus(duration(life)).toString());
        }
        if (uses != null) {
            wanted.put("maxUses", uses);
        }
        if (password != null) {
            wanted.put("password", password);
        }
        return wanted;
    }

    private void show(JsonNode links) {
        if (server.json()) {
            System.out.println(links);
            return;
        }
        Table table = new Table("ID", "MODE", "PASSWORD", "USES", "MOST", "UNTIL");
        links.forEach(link -> table.row(link, FIELDS));
        table.print(System.out);
    }

    private static Duration duration(String text) {
        Matcher match = LIFE.matcher(text.toLowerCase(Locale.ROOT));
        if (!match.matches()) {
            throw new CommandFailure(ExitClass.REFUSED, "--for is written 30m, 12h or 7d, not " + text);
        }
        long count = Long.parseLong(match.group(1));
        return switch (match.group(2)) {
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }
}

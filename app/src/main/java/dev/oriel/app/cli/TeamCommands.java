package dev.oriel.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;

/** {@code oriel team …}: who acts together. A team is named by id or name; what it has is reached by {@code --team}. */
@Command(
        name = "team",
        description = "Teams that own VMs and files together; see --team of the other commands.",
        mixinStandardHelpOptions = true)
public final class TeamCommands {
    private static final String[] FIELDS = {"id", "name", "role", "members", "createdAt"};
    private static final String UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Command(name = "list", description = "Those you belong to.", mixinStandardHelpOptions = true)
    int list(
            @Mixin ServerOptions server,
            @Option(names = "--all", description = "All that there are, for administrators.") boolean all) {
        JsonNode teams = server.connect().get(all ? "/teams?all=true" : "/teams");
        print(server, teams);
        return 0;
    }

    @Command(name = "show", description = "One, with its members, quota and usage.", mixinStandardHelpOptions = true)
    int show(@Mixin ServerOptions server, @Parameters(paramLabel = "TEAM") String team) {
        ApiConnection api = server.connect();
        String id = id(api, team);
        JsonNode found = api.get("/teams/" + id);
        print(server, found);
        if (!server.json()) {
            Limits.print(found);
            members(api.get("/teams/" + id + "/members"));
        }
        return 0;
    }

    @Command(name = "create", description = "Make one, for administrators.", mixinStandardHelpOptions = true)
    int create(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "NAME") String name,
            @Option(names = "--manager", paramLabel = "USER", description = "Its manager (default: you).") @Nullable
                    String manager) {
        Map<String, Object> wanted = new LinkedHashMap<>();
        wanted.put("name", name);
        if (manager != null) {
            wanted.put("manager", manager);
        }
        print(server, server.connect().post("/teams", wanted));
        return 0;
    }

    @Command(
            name = "change",
            description = "Rename it, or as an administrator change its quota.",
            mixinStandardHelpOptions = true)
    int change(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "TEAM") String team,
            @Option(names = "--name", paramLabel = "NAME") @Nullable String name,
            @Mixin Limits limits) {
        ApiConnection api = server.connect();
        Map<String, Object> wanted = new LinkedHashMap<>();
        if (name != null) {
            wanted.put("name", name);
        }
        wanted.putAll(limits.asBody());
        print(server, api.patch("/teams/" + id(api, team), wanted));
        return 0;
    }

    @Command(
            name = "add",
            description = "Take somebody in, or give a member another role.",
            mixinStandardHelpOptions = true)
    int add(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "TEAM") String team,
            @Parameters(paramLabel = "USER") String user,
            @Option(
                            names = "--role",
                            paramLabel = "ROLE",
                            defaultValue = "member",
                            description = "viewer, member (default) or manager.")
                    String role) {
        ApiConnection api = server.connect();
        JsonNode member = api.post("/teams/" + id(api, team) + "/members", Map.of("username", user, "role", role));
        if (server.json()) {
            System.out.println(member);
        } else {
            table().row(member, MEMBER).print(System.out);
        }
        return 0;
    }

    @Command(name = "remove", description = "Send a member away, or leave.", mixinStandardHelpOptions = true)
    int remove(
            @Mixin ServerOptions server,
            @Parameters(paramLabel = "TEAM") String team,
            @Parameters(paramLabel = "USER") String user) {
        ApiConnection api = server.connect();
        String path = "/teams/" + id(api, team) + "/members";
        for (JsonNode member : api.get(path)) {
            if (member.path("username").asString("").equalsIgnoreCase(user)) {
                api.delete(path + "/" + member.path("id").asString(""));
                return 0;
            }
        }
        throw new CommandFailure(ExitClass.NOT_FOUND, "nobody called " + user + " belongs to it");
    }

    @Command(
            name = "delete",
            description = "End one that has no VMs, files and templates any more.",
            mixinStandardHelpOptions = true)
    int delete(@Mixin ServerOptions server, @Parameters(paramLabel = "TEAM") String team) {
        ApiConnection api = server.connect();
        api.delete("/teams/" + id(api, team));
        return 0;
    }

    /** The id of a team that is named by it or by its name; an administrator's may be any. */
    static String id(ApiConnection api, String given) {
        if (given.matches(UUID)) {
            return given;
        }
        JsonNode mine = api.get("/teams");
        for (JsonNode team : mine) {
            if (team.path("name").asString("").equalsIgnoreCase(given)) {
                return team.path("id").asString("");
            }
        }
        if (api.get("/auth/me").path("role").asString("").equals("admin")) {
            for (JsonNode team : api.get("/teams?all=true")) {
                if (team.path("name").asString("").equalsIgnoreCase(given)) {
                    return team.path("id").asString("");
                }
            }
        }
        throw new CommandFailure(ExitClass.NOT_FOUND, "there is no team called " + given);
    }

    private static final String[] MEMBER = {"id", "username", "role", "since"};

    private static Table table() {
        return new Table("ID", "USER", "ROLE", "SINCE");
    }

    private static void members(JsonNode members) {
        Table table = table();
        members.forEach(member -> table.row(member, MEMBER));
        table.print(System.out);
    }

    private static void print(ServerOptions server, JsonNode teams) {
        if (server.json()) {
            System.out.println(teams);
            return;
        }
        Table table = new Table("ID", "NAME", "YOU", "MEMBERS", "MADE");
        if (teams.isArray()) {
            teams.forEach(team -> table.row(team, FIELDS));
        } else {
            table.row(teams, FIELDS);
        }
        table.print(System.out);
    }
}

package dev.oriel.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Commands of an administrator, against a real server: people, teams, snapshots, links, discs, templates by address. */
@ExtendWith(SharedOriel.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CommandsIT {
    private final RunningOriel oriel;
    private final String tag = UUID.randomUUID().toString().substring(0, 8);

    @TempDir
    Path directory = Path.of("unset");

    CommandsIT(RunningOriel oriel) {
        this.oriel = oriel;
    }

    @Test
    void everyCommand_doesWhatItSays() throws Exception {
        OrielUser.register(oriel).awaitTemplate("tiny", SharedOriel.TEMPLATE_LIMIT);
        new CommandLine(oriel, directory).loginAsAdministrator();
        String person = "c-" + tag;
        assertThat(cli("", "user", "create", person)).contains("Password, shown only now: ");
        cli("", "user", "change", person, "--running-vms", "5", "--snapshots", "7");
        cli("", "user", "budget", person, "9.50", "--then", "warn");
        assertThat(cli("", "user", "show", person))
                .contains("runningVms: 0 of 5")
                .contains("snapshots: 0 of 7");
        String team = "t-" + tag;
        cli("", "team", "create", team, "--manager", person);
        cli("", "team", "add", team, "admin");
        JsonNode vm = json("vm", "create", "tiny", "--name", "box-" + tag, "--team", team, "--json");
        String id = vm.path("id").asString();
        assertThat(cli("", "vm", "list", "--team", team)).contains(id);
        snapshotsAndLinks(id);
        discAndTemplate(id, team);
        cli("", "vm", "delete", id);
        assertThat(cli("", "usage", "--team", team)).contains("processors").contains("Total of ");
        cli("", "team", "delete", team);
        cli("", "user", "disable", person);
    }

    private void snapshotsAndLinks(String vm) throws Exception {
        assertThat(cli("", "vm", "snapshot", "create", vm, "--name", "first")).contains("first");
        cli("", "vm", "snapshot", "restore", vm, "first");
        cli("", "vm", "snapshot", "delete", vm, "first");
        assertThat(cli("", "vm", "share", vm, "--for", "2h", "--uses", "3")).contains("/pages/share/");
        String link =
                json("vm", "share", vm, "--list", "--json").path(0).path("id").asString();
        cli("", "vm", "unshare", vm, link);
    }

    private void discAndTemplate(String vm, String team) throws Exception {
        Path note = Files.writeString(directory.resolve("note.txt"), "hello");
        String file = json("file", "upload", note.toString(), "--team", team, "--json")
                .path("id")
                .asString();
        cli("", "file", "insert", file, vm);
        cli("", "file", "eject", vm);
        cli("", "file", "delete", file, "--team", team);
        HttpServer web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.createContext("/own.raw", exchange -> {
            byte[] disk = "disk".repeat(4096).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, disk.length);
            exchange.getResponseBody().write(disk);
            exchange.close();
        });
        web.start();
        try {
            String address = "http://127.0.0.1:" + web.getAddress().getPort() + "/own.raw";
            assertThat(cli("", "template", "import", address, "web-" + tag, "--memory", "64"))
                    .contains("web-" + tag);
            cli("", "template", "delete", "web-" + tag);
        } finally {
            web.stop(0);
        }
    }

    private JsonNode json(String... arguments) throws IOException, InterruptedException {
        return JsonMapper.shared().readTree(cli("", arguments));
    }

    private String cli(String input, String... arguments) throws IOException, InterruptedException {
        return new CommandLine(oriel, directory).run(input, arguments);
    }
}

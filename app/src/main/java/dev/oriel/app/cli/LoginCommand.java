package dev.oriel.app.cli;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** {@code oriel login}. */
@Command(
        name = "login",
        description = "Sign in: makes an API token for the other commands, kept in ~/.config/oriel/credentials.",
        mixinStandardHelpOptions = true)
public final class LoginCommand implements Callable<Integer> {
    @Mixin
    private ServerOptions server = new ServerOptions();

    @Parameters(arity = "0..1", paramLabel = "USERNAME", description = "Asked for when it is not given.")
    private @Nullable String username;

    @Option(names = "--password-stdin", description = "Read the password from standard input.")
    private boolean passwordFromStdin;

    @Option(names = "--days", paramLabel = "N", description = "How long the token lasts (default: 90).")
    private int days = 90;

    @Option(names = "--code", paramLabel = "CODE", description = "Of the second factor; asked for when it is needed.")
    private @Nullable String code;

    @Override
    public Integer call() throws IOException {
        Optional<Console> console = Optional.ofNullable(System.console()).filter(Console::isTerminal);
        String name = username != null ? username : ask(console, "Username: ");
        @Nullable String password;
        if (passwordFromStdin) {
            BufferedReader reader = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            password = reader.readLine();
            if (password == null) {
                throw new CommandFailure(ExitClass.OTHER, "there is no password on standard input");
            }
        } else if (console.isPresent()) {
            char[] typed = console.get().readPassword("Password: ");
            password = typed == null ? "" : new String(typed);
        } else {
            throw new CommandFailure(ExitClass.OTHER, "there is no terminal: use --password-stdin");
        }
        ApiConnection api = server.connect();
        JsonNode token =
                api.login(name, password, () -> code(console), "Command line on " + machine(), Duration.ofDays(days));
        if (server.json()) {
            System.out.println(withoutSecret(token));
        } else {
            System.out.println("Signed in at " + api.url() + " as " + name + ", until "
                    + token.path("expiresAt").asString("") + ".");
        }
        return 0;
    }

    private String code(Optional<Console> console) {
        if (code != null) {
            return code;
        }
        @Nullable
        String typed = console.map(terminal -> terminal.readLine("Code of your authenticator app: "))
                .orElse(null);
        if (typed == null || typed.isBlank()) {
            throw new CommandFailure(ExitClass.FORBIDDEN, "this account needs a code too: use --code");
        }
        return typed.strip();
    }

    /** The token goes into the file, never onto a screen. */
    private static JsonNode withoutSecret(JsonNode token) {
        return token instanceof ObjectNode object ? object.without("token") : token;
    }

    private static String machine() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "an unnamed machine";
        }
    }

    private static String ask(Optional<Console> console, String prompt) {
        @Nullable
        String answer = console.map(terminal -> terminal.readLine(prompt)).orElse(null);
        if (answer == null || answer.isBlank()) {
            throw new CommandFailure(ExitClass.OTHER, "whom to sign in? give the username: oriel login USERNAME");
        }
        return answer.strip();
    }
}

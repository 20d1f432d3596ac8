package dev.oriel.gateway.door;

import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.vm.VmId;
import dev.oriel.gateway.console.Console;
import dev.oriel.gateway.console.ConsoleControl;
import dev.oriel.gateway.console.Ending;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import java.util.Optional;

/** What the API may ask of open consoles, as {@link OpenConsole} describes it; only with the gateway's secret. */
final class ConsoleDesk {
    private final Reception reception;
    private final Channel channel;

    ConsoleDesk(Reception reception, Channel channel) {
        this.reception = reception;
        this.channel = channel;
    }

    void serve(HttpRequest request) {
        if (!reception.isOurs(request)) {
            Answers.error(channel, request, ErrorCode.UNAUTHENTICATED, "The gateway's secret is needed.");
            return;
        }
        String[] path = request.uri().substring(OpenConsole.PATH.length()).split("/", -1);
        boolean list = path.length == 1 && path[0].isEmpty();
        boolean control = path.length == 4 && path[3].equals("control");
        if (list && request.method().equals(HttpMethod.GET)) {
            Answers.json(channel, 200, reception.registry().open());
        } else if (path.length == 3 && request.method().equals(HttpMethod.DELETE)) {
            withConsole(request, path, console -> console.end(Ending.of(ErrorCode.CONSOLE_KICKED)));
        } else if (control && request.method().equals(HttpMethod.PUT)) {
            giveControl(request, path);
        } else if (control && request.method().equals(HttpMethod.DELETE)) {
            withConsole(request, path, control()::takeFrom);
        } else {
            Answers.error(channel, request, ErrorCode.NOT_FOUND, "There is nothing here.");
        }
    }

    private void giveControl(HttpRequest request, String[] path) {
        Optional<Console> console = find(path);
        if (console.isPresent() && !console.get().mayDrive()) {
            Answers.error(channel, request, ErrorCode.STATE_CONFLICT, "This viewer may only look.");
        } else {
            withConsole(request, path, control()::give);
        }
    }

    private void withConsole(HttpRequest request, String[] path, java.util.function.Consumer<Console> work) {
        Optional<Console> console = find(path);
        if (console.isEmpty()) {
            Answers.error(channel, request, ErrorCode.NOT_FOUND, "This console is not open.");
            return;
        }
        work.accept(console.get());
        Answers.done(channel);
    }

    private Optional<Console> find(String[] path) {
        try {
            return reception.registry().find(VmId.of(path[1]), TicketId.of(path[2]));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private ConsoleControl control() {
        return reception.registry().control();
    }
}

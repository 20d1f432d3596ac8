package dev.oriel.api.vm;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.LoginPulse;
import io.swagger.v3.oas.annotations.Hidden;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code GET /vm/events}: changes of one's own VMs as server-sent events, each {@code event: vm} with the VM as {@code
 * data}. A listener that comes back with {@code Last-Event-ID} hears first of each of its VMs as it is now, and of those
 * deleted in the last ten minutes: whatever it has missed, it knows then. The stream ends with the login it was opened
 * under.
 */
@RestController
class VmEventsResource {
    private static final Logger LOG = LoggerFactory.getLogger(VmEventsResource.class);
    /** How soon an ended login or application is noticed. */
    private static final Duration LOOK_UP = Duration.ofSeconds(1);

    private static final Duration LOGIN_CHECK = Duration.ofSeconds(3);
    private static final int MOST = 1000;
    private static final Duration HEARTBEAT = Duration.ofSeconds(15);

    private final VmEvents events;
    private final VmStore store;
    private final VmAnswers answers;
    private final LoginPulse logins;
    private final JsonMapper json;

    VmEventsResource(VmEvents events, VmStore store, VmAnswers answers, LoginPulse logins, JsonMapper json) {
        this.events = events;
        this.store = store;
        this.answers = answers;
        this.logins = logins;
        this.json = json;
    }

    @GetMapping("/vm/events")
    void listen(
            Caller caller,
            @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            HttpServletResponse response)
            throws IOException {
        try (VmEvents.Feed feed = events.open(caller.id())) {
            List<Vm> missed = last == null ? List.of() : store.now(caller.id(), MOST);
            begin(response);
            OutputStream out = response.getOutputStream();
            send(out, "retry: 1000\n: listening\n\n");
            for (Vm vm : missed) {
                feed.told(vm);
                send(out, event(vm));
            }
            stream(caller, feed, out);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The head alone. As a GET it would never end, and whoever got the same connection of Nginx next would wait for it.
     */
    @Hidden
    @RequestMapping(path = "/vm/events", method = RequestMethod.HEAD)
    void look(Caller caller, HttpServletResponse response) {
        begin(response);
    }

    private static void begin(HttpServletResponse response) {
        response.setContentType("text/event-stream;charset=UTF-8");
        response.setHeader("Cache-Control", "no-store");
        // Nginx must not wait for more.
        response.setHeader("X-Accel-Buffering", "no");
    }

    private void stream(Caller caller, VmEvents.Feed feed, OutputStream out) throws InterruptedException {
        long sent = System.nanoTime();
        long checked = sent;
        try {
            while (feed.isOpen()) {
                Optional<Vm> change = feed.next(LOOK_UP);
                long now = System.nanoTime();
                if (change.isPresent()) {
                    send(out, event(change.get()));
                    sent = now;
                } else if (now - sent >= HEARTBEAT.toNanos()) {
                    send(out, ": still here\n\n");
                    sent = now;
                }
                if (now - checked >= LOGIN_CHECK.toNanos()) {
                    if (!alive(caller)) {
                        return;
                    }
                    checked = now;
                }
            }
        } catch (IOException e) {
            LOG.debug("A listener has gone", e);
        }
    }

    private String event(Vm vm) {
        String data = json.writeValueAsString(answers.plain(vm));
        return "event: vm\nid: " + vm.id() + "." + vm.revision() + "\ndata: " + data + "\n\n";
    }

    private boolean alive(Caller caller) {
        try {
            return logins.alive(caller.login());
        } catch (DataAccessException e) {
            // Postgres is away: nothing is known of the login, and nothing happens to its VMs.
            return true;
        }
    }

    private static void send(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }
}

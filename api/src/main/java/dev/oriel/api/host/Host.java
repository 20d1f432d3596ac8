package dev.oriel.api.host;

import dev.oriel.api.HostTarget;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.vm.VmId;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One host: its VM Manager, the gateway beside it, and when it was last heard. Thread-safe. */
public final class Host {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);
    /** Templates, room and consoles may be this old in answers. */
    private static final Duration MAX_AGE = Duration.ofSeconds(1);

    private static final Duration GATEWAY_LIMIT = Duration.ofSeconds(2);

    private final HostName name;
    private final HostApi api;
    private final BearerHttp gateway;
    private final Recent<List<TemplateStatus>> templates;
    private final Recent<HostInfo> info;
    private final Recent<List<OpenConsole>> consoles;
    /** Monotonic: a clock that jumps must not lose a host. */
    private volatile long heardNanos = System.nanoTime();

    private volatile boolean everHeard;

    Host(HostTarget target, HttpClient client) {
        this.name = target.name();
        this.api = new HostClient(target, client);
        this.gateway = new BearerHttp("gateway of host " + name, target.gatewayUrl(), target.gatewaySecret(), client);
        this.templates = new Recent<>(MAX_AGE, api::templates);
        this.info = new Recent<>(MAX_AGE, api::info);
        this.consoles = new Recent<>(MAX_AGE, this::consolesNow);
    }

    public HostName name() {
        return name;
    }

    public HostApi api() {
        return api;
    }

    /** Its templates, at most a second old; the last known ones while it does not answer. */
    public List<TemplateStatus> templates() {
        try {
            return templates.get();
        } catch (OrielException e) {
            List<TemplateStatus> last = templates.last();
            if (last != null) {
                return last;
            }
            throw e;
        }
    }

    /** What it says about itself, at most a second old. */
    public HostInfo info() {
        return info.get();
    }

    /** Consoles open on its gateway, at most a second old; none while the gateway does not answer. */
    public List<OpenConsole> consoles() {
        try {
            return consoles.get();
        } catch (OrielException e) {
            LOG.debug("No consoles are known", e);
            return List.of();
        }
    }

    /**
     * Consoles open on its gateway now.
     *
     * @throws OrielException {@code HOST_UNREACHABLE} when the gateway does not answer
     */
    public List<OpenConsole> consolesNow() {
        return List.of(gateway.json(gateway.to(OpenConsole.PATH).GET(), GATEWAY_LIMIT, OpenConsole[].class));
    }

    /** Ends one open console; {@code NOT_FOUND} when it is not open. */
    public void kick(VmId vm, TicketId console) {
        gateway.bytes(gateway.to(OpenConsole.path(vm, console)).DELETE(), GATEWAY_LIMIT);
    }

    /** Lets one open console alone drive; {@code STATE_CONFLICT} when it may only look. */
    public void giveControl(VmId vm, TicketId console) {
        gateway.bytes(gateway.to(OpenConsole.controlPath(vm, console)).PUT(BodyPublishers.noBody()), GATEWAY_LIMIT);
    }

    /** Takes control back from an open console, if it has it. */
    public void takeControl(VmId vm, TicketId console) {
        gateway.bytes(gateway.to(OpenConsole.controlPath(vm, console)).DELETE(), GATEWAY_LIMIT);
    }

    /** It has just answered. */
    public void heard() {
        heardNanos = System.nanoTime();
        everHeard = true;
    }

    /** Time since it answered last, or since the start of this process. */
    public Duration silence() {
        return Duration.ofNanos(System.nanoTime() - heardNanos);
    }

    /** Whether it has answered since the start of this process. */
    public boolean everHeard() {
        return everHeard;
    }
}

package dev.oriel.api.host;

import dev.oriel.api.HostTarget;
import dev.oriel.core.console.OpenConsole;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.console.TicketId;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.HostName;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.VmId;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One host: its VM Manager, the gateway beside it, and when it was last heard. Thread-safe. */
public final class Host {
    private static final Logger LOG = LoggerFactory.getLogger(Host.class);
    /** Templates, room and consoles may be this old in answers. */
    private static final Duration MAX_AGE = Duration.ofSeconds(1);

    private static final Duration GATEWAY_LIMIT = Duration.ofSeconds(2);
    /** Ending one waits for its files. */
    private static final Duration RECORDING_LIMIT = Duration.ofSeconds(8);

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
        return knownConsoles().orElse(List.of());
    }

    /** Consoles open on its gateway, at most a second old; empty while the gateway does not answer. */
    public Optional<List<OpenConsole>> knownConsoles() {
        try {
            return Optional.of(consoles.get());
        } catch (OrielException e) {
            LOG.debug("No consoles are known", e);
            return Optional.empty();
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

    /** The recordings its gateway holds. */
    public List<RecordingStatus> recordings() {
        return List.of(gateway.json(gateway.to(RecordingStatus.PATH).GET(), GATEWAY_LIMIT, RecordingStatus[].class));
    }

    /** Has a recording made; asking again changes nothing. */
    public RecordingStatus record(
            VmId vm, RecordingId recording, Instant startedAt, Bytes maxSize, Duration maxLength) {
        String wish = RecordingStatus.wish(vm, recording, startedAt, maxSize.value(), maxLength);
        return gateway.json(gateway.to(wish).PUT(BodyPublishers.noBody()), RECORDING_LIMIT, RecordingStatus.class);
    }

    /** A recording as it is now; {@code NOT_FOUND} when it is not here. */
    public RecordingStatus recording(VmId vm, RecordingId recording) {
        return gateway.json(
                gateway.to(RecordingStatus.path(vm, recording)).GET(), GATEWAY_LIMIT, RecordingStatus.class);
    }

    /** Ends a recording; harmless when it has ended. */
    public void stopRecording(VmId vm, RecordingId recording) {
        gateway.bytes(
                gateway.to(RecordingStatus.path(vm, recording) + "/stop").PUT(BodyPublishers.noBody()),
                RECORDING_LIMIT);
    }

    /** Removes a recording; harmless when it is not here. */
    public void dropRecording(VmId vm, RecordingId recording) {
        gateway.bytes(gateway.to(RecordingStatus.path(vm, recording)).DELETE(), RECORDING_LIMIT);
    }

    /** What one part of a recording holds, some MiB. */
    public byte[] recordingPart(VmId vm, RecordingId recording, int part) {
        return gateway.bytes(
                gateway.to(RecordingStatus.path(vm, recording) + "/parts/" + part)
                        .GET(),
                RECORDING_LIMIT);
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

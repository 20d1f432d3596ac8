package dev.oriel.api.vm;

import dev.oriel.api.account.Caller;
import dev.oriel.api.host.Hosts;
import dev.oriel.api.http.IfMatch;
import dev.oriel.api.http.PageLink;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostName;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import io.swagger.v3.oas.annotations.media.ArraySchema;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PatchMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm}: one's own VMs. Everybody else's are 404. */
@RestController
@RequestMapping("/vm")
class VmResource {
    private static final int MAX_PAGE = 200;
    private static final int PAGE = 100;
    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]{1,255}");

    private final Vms vms;
    private final VmRequests requests;
    private final VmAnswers answers;
    private final VmPages pages;
    private final Hosts hosts;

    VmResource(Vms vms, VmRequests requests, VmAnswers answers, VmPages pages, Hosts hosts) {
        this.vms = vms;
        this.requests = requests;
        this.answers = answers;
        this.pages = pages;
        this.hosts = hosts;
    }

    /** The body of {@code POST /vm/{id}/stop} and {@code restart}, which may be missing. */
    record PowerDown(@Nullable Boolean force) {
        static boolean forced(@Nullable PowerDown body) {
            return body != null && Boolean.TRUE.equals(body.force());
        }
    }

    @PostMapping
    ResponseEntity<VmView> create(
            Caller caller,
            @RequestBody CreateVm body,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer,
            @RequestHeader(name = "Idempotency-Key", required = false) @Nullable String key) {
        Optional<Vms.Once> once = Optional.ofNullable(key).map(text -> once(text, body));
        Vm vm = once.flatMap(asked -> vms.madeBefore(caller.id(), asked))
                .orElseGet(() -> vms.create(caller.id(), requests.check(caller.id(), body), once));
        if (vm.state() == VmState.DELETED) {
            // Late retries must not make another one, and where this one was is nothing to look at.
            throw Vms.conflict(vm, "What this Idempotency-Key made is deleted: use a new key for another VM.");
        }
        return answers.reached(caller, vm, VmState.RUNNING, Preference.wait(prefer), HttpStatus.CREATED);
    }

    @GetMapping(produces = MediaType.APPLICATION_JSON_VALUE)
    @ApiResponse(
            responseCode = "200",
            content = @Content(array = @ArraySchema(schema = @Schema(implementation = VmView.class))))
    ResponseEntity<byte[]> list(
            Caller caller,
            @RequestParam(defaultValue = "" + PAGE) int limit,
            @RequestParam(required = false) @Nullable String after,
            @RequestParam(required = false) @Nullable String state,
            @RequestParam(required = false) @Nullable String template,
            @RequestParam(required = false) @Nullable String name,
            @RequestParam(required = false) @Nullable String label) {
        PageLink.checked(limit, MAX_PAGE);
        VmFilter filter = VmFilter.of(state, template, name, label);
        VmStore.Cursor from = after == null ? VmStore.Cursor.START : PageCursor.read(after);
        boolean usual = limit == PAGE && after == null && filter.equals(VmFilter.ALL);
        byte[] whole = usual ? pages.whole(caller.id(), limit) : null;
        if (whole != null) {
            return ResponseEntity.ok().contentType(MediaType.APPLICATION_JSON).body(whole);
        }
        // One more than asked for tells whether there is a next page.
        List<Vm> found = vms.page(caller.id(), filter, from, limit + 1);
        Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
        parameters.put("team", caller.actsForTeam() ? caller.id() : null);
        parameters.put("state", state);
        parameters.put("template", template);
        parameters.put("name", name);
        parameters.put("label", label);
        ResponseEntity<List<Vm>> page = PageLink.page("/vm", found, limit, parameters, PageCursor::write);
        List<Vm> listed = page.getBody() == null ? List.of() : page.getBody();
        return ResponseEntity.ok()
                .headers(page.getHeaders())
                .contentType(MediaType.APPLICATION_JSON)
                .body(pages.json(listed));
    }

    @GetMapping("/{id}")
    ResponseEntity<VmView> show(Caller caller, @PathVariable VmId id) {
        return tagged(vms.show(caller.id(), id));
    }

    @PatchMapping("/{id}")
    ResponseEntity<VmView> change(
            Caller caller,
            @PathVariable VmId id,
            @RequestBody ChangeVm body,
            @RequestHeader(name = "If-Match", required = false) @Nullable String match) {
        return tagged(vms.change(caller.id(), id, requests.check(body), IfMatch.of(match)));
    }

    private ResponseEntity<VmView> tagged(Vm vm) {
        return ResponseEntity.ok().eTag(IfMatch.tag(vm.revision())).body(answers.plain(vm));
    }

    @DeleteMapping("/{id}")
    ResponseEntity<VmView> delete(
            Caller caller,
            @PathVariable VmId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer,
            @RequestHeader(name = "If-Match", required = false) @Nullable String match) {
        return answers.deleted(vms.delete(caller.id(), id, IfMatch.of(match)), Preference.wait(prefer));
    }

    @PostMapping("/{id}/start")
    ResponseEntity<VmView> start(
            Caller caller,
            @PathVariable VmId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        hosts.requireDisk(vms.show(caller.id(), id).host());
        Vm vm = vms.start(caller.id(), id);
        return answers.reached(caller, vm, VmState.RUNNING, Preference.wait(prefer), HttpStatus.OK);
    }

    @PostMapping("/{id}/stop")
    ResponseEntity<VmView> stop(
            Caller caller,
            @PathVariable VmId id,
            @RequestBody(required = false) @Nullable PowerDown body,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Vm vm = vms.stop(caller.id(), id, PowerDown.forced(body));
        return answers.reached(caller, vm, VmState.STOPPED, Preference.wait(prefer), HttpStatus.OK);
    }

    @PostMapping("/{id}/restart")
    ResponseEntity<VmView> restart(
            Caller caller,
            @PathVariable VmId id,
            @RequestBody(required = false) @Nullable PowerDown body,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Vm vm = vms.restart(caller.id(), id, PowerDown.forced(body));
        return answers.reached(caller, vm, VmState.RUNNING, Preference.wait(prefer), HttpStatus.OK);
    }

    @PostMapping("/{id}/suspend")
    ResponseEntity<VmView> suspend(
            Caller caller,
            @PathVariable VmId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Vm vm = vms.suspend(caller.id(), id);
        return answers.reached(caller, vm, VmState.SUSPENDED, Preference.wait(prefer), HttpStatus.OK);
    }

    @PostMapping("/{id}/resume")
    ResponseEntity<VmView> resume(
            Caller caller,
            @PathVariable VmId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Vm vm = vms.resume(caller.id(), id);
        return answers.reached(caller, vm, VmState.RUNNING, Preference.wait(prefer), HttpStatus.OK);
    }

    @PostMapping("/{id}/reset")
    ResponseEntity<VmView> reset(
            Caller caller,
            @PathVariable VmId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        return answers.done(caller, vms.reset(caller.id(), id), Preference.wait(prefer));
    }

    @GetMapping("/{id}/screenshot")
    ResponseEntity<byte[]> screenshot(Caller caller, @PathVariable VmId id) {
        Vm vm = vms.show(caller.id(), id);
        HostName host = vm.host().filter(name -> vm.state() == VmState.RUNNING).orElseThrow(() -> notRunning(vm));
        try {
            byte[] png =
                    hosts.find(host).orElseThrow(() -> notRunning(vm)).api().screenshot(id);
            return ResponseEntity.ok()
                    .cacheControl(CacheControl.noStore())
                    .contentType(MediaType.IMAGE_PNG)
                    .body(png);
        } catch (OrielException e) {
            throw e.code() == ErrorCode.NOT_FOUND ? notRunning(vm) : e;
        }
    }

    private static OrielException notRunning(Vm vm) {
        return Vms.conflict(vm, "Only a running VM has a screen.");
    }

    private static Vms.Once once(String key, CreateVm body) {
        if (!KEY.matcher(key).matches()) {
            throw new OrielException(ErrorCode.BAD_REQUEST, "An Idempotency-Key is 1 to 255 visible ASCII characters.");
        }
        try {
            MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
            return new Vms.Once(
                    key,
                    HexFormat.of().formatHex(sha256.digest(OrielJson.mapper().writeValueAsBytes(body))));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no SHA-256", e);
        }
    }
}

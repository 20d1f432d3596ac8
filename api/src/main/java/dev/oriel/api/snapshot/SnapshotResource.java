package dev.oriel.api.snapshot;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.api.vm.Preference;
import dev.oriel.api.vm.Vm;
import dev.oriel.api.vm.VmAnswers;
import dev.oriel.api.vm.VmRequests;
import dev.oriel.api.vm.VmView;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmGoal;
import dev.oriel.core.vm.VmId;
import dev.oriel.core.vm.VmState;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ContentDisposition;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/{id}/snapshots}: kept points of one's own VMs' disks. */
@RestController
@RequestMapping("/vm/{vm}/snapshots")
class SnapshotResource {
    private final Snapshots snapshots;
    private final SnapshotDownloads downloads;
    private final VmAnswers answers;

    SnapshotResource(Snapshots snapshots, SnapshotDownloads downloads, VmAnswers answers) {
        this.snapshots = snapshots;
        this.downloads = downloads;
        this.answers = answers;
    }

    /**
     * The body of a POST, which may be missing.
     *
     * @param live keep what the guest remembers too: restored, it goes on from that moment
     */
    record NewSnapshot(@Nullable String name, @Nullable Boolean live) {}

    @GetMapping
    List<SnapshotView> tree(Caller caller, @PathVariable VmId vm) {
        return snapshots.list(caller.id(), vm).stream().map(SnapshotView::of).toList();
    }

    @PostMapping
    ResponseEntity<SnapshotView> take(
            Caller caller, @PathVariable VmId vm, @RequestBody(required = false) @Nullable NewSnapshot body) {
        Optional<String> name = Optional.ofNullable(body).map(NewSnapshot::name).map(VmRequests::checkedName);
        boolean live = body != null && Boolean.TRUE.equals(body.live());
        Snapshot taken = snapshots.take(caller.id(), vm, name, live);
        return ResponseEntity.created(URI.create(ApiConfig.PUBLIC_PREFIX + "/vm/" + vm + "/snapshots/" + taken.id()))
                .body(SnapshotView.of(taken));
    }

    @PostMapping("/{id}/restore")
    ResponseEntity<VmView> restore(
            Caller caller,
            @PathVariable VmId vm,
            @PathVariable SnapshotId id,
            @RequestHeader(name = "Prefer", required = false) @Nullable String prefer) {
        Vm wished = snapshots.restore(caller.id(), vm, id);
        VmState goal = wished.desired() == VmGoal.RUNNING ? VmState.RUNNING : VmState.STOPPED;
        return answers.reached(caller, wished, goal, Preference.wait(prefer), HttpStatus.OK);
    }

    /**
     * The disk as it was, as a qcow2 image that stands alone. It is copied for this request, so that the first byte takes
     * its time and no range can be asked for; one that is cut off ends before its {@code Content-Length}.
     */
    @GetMapping("/{id}/content")
    void content(Caller caller, @PathVariable VmId vm, @PathVariable SnapshotId id, HttpServletResponse response)
            throws IOException {
        String file = snapshots.title(caller.id(), vm, id).replaceAll("[^\\p{L}\\p{N}._-]+", "-") + ".qcow2";
        try (SnapshotImage image = downloads.open(caller.id(), vm, id)) {
            response.setContentType(MediaType.APPLICATION_OCTET_STREAM_VALUE);
            response.setContentLengthLong(image.size().value());
            response.setHeader(
                    HttpHeaders.CONTENT_DISPOSITION,
                    ContentDisposition.attachment()
                            .filename(file, StandardCharsets.UTF_8)
                            .build()
                            .toString());
            response.setHeader("Content-Security-Policy", "default-src 'none'; sandbox");
            // An answer that is cut short ends the connection: nobody waits for the rest, or takes it for whole.
            response.setHeader(HttpHeaders.CONNECTION, "close");
            response.flushBuffer(); // what fails from here on is no problem to be told, but an end
            image.content().transferTo(response.getOutputStream());
        }
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void forget(Caller caller, @PathVariable VmId vm, @PathVariable SnapshotId id) {
        snapshots.delete(caller.id(), vm, id);
    }
}

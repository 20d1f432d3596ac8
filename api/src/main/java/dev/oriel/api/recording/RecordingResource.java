package dev.oriel.api.recording;

import dev.oriel.api.ApiConfig;
import dev.oriel.api.account.Caller;
import dev.oriel.core.console.RecordingId;
import dev.oriel.core.console.RecordingStatus;
import dev.oriel.core.vm.VmId;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /vm/{id}/recordings}: what one's own VM showed, as its VNC server said it. */
@RestController
@RequestMapping("/vm/{vm}/recordings")
class RecordingResource {
    private final Recordings recordings;
    private final Duration kept;

    RecordingResource(Recordings recordings, ApiConfig config) {
        this.recordings = recordings;
        this.kept = config.recordings().kept();
    }

    /** A piece that can be played by itself. */
    record PartView(long startMillis, long bytes) {}

    /**
     * A recording in answers.
     *
     * @param byTemplate whether its template's rule asked for it: then it ends with the VM's run
     * @param reason why it ended
     * @param expiresAt when it is deleted by itself
     * @param parts only in the answer about this one, while its host answers
     */
    record RecordingView(
            RecordingId id,
            VmId vm,
            String state,
            boolean byTemplate,
            @Nullable String reason,
            Instant startedAt,
            @Nullable Instant endedAt,
            long lengthMillis,
            long bytes,
            @Nullable Instant expiresAt,
            @Nullable List<PartView> parts) {}

    private RecordingView view(Recording recording, @Nullable RecordingStatus now) {
        return new RecordingView(
                recording.id(),
                recording.vm(),
                recording.state().word(),
                recording.byTemplate(),
                recording.reason().orElse(null),
                recording.startedAt(),
                recording.endedAt().orElse(null),
                (now == null ? recording.length() : now.length()).toMillis(),
                now == null ? recording.size().value() : now.bytes(),
                recording.endedAt().map(end -> end.plus(kept)).orElse(null),
                now == null
                        ? null
                        : now.parts().stream()
                                .map(part -> new PartView(part.startMillis(), part.bytes()))
                                .toList());
    }

    @PostMapping
    ResponseEntity<RecordingView> begin(Caller caller, @PathVariable VmId vm) {
        Recording begun = recordings.begin(caller.id(), vm);
        return ResponseEntity.created(URI.create(ApiConfig.PUBLIC_PREFIX + "/vm/" + vm + "/recordings/" + begun.id()))
                .body(view(begun, null));
    }

    @GetMapping
    List<RecordingView> list(Caller caller, @PathVariable VmId vm) {
        return recordings.list(caller.id(), vm).stream()
                .map(recording -> view(recording, null))
                .toList();
    }

    @GetMapping("/{id}")
    RecordingView show(Caller caller, @PathVariable VmId vm, @PathVariable RecordingId id) {
        Recording recording = recordings.find(caller.id(), vm, id);
        return view(recording, recordings.status(recording).orElse(null));
    }

    /** The bytes of one part: blocks of milliseconds and length (4 bytes each, big-endian) and RFB as the server said it. */
    @GetMapping("/{id}/parts/{number}")
    ResponseEntity<byte[]> part(
            Caller caller, @PathVariable VmId vm, @PathVariable RecordingId id, @PathVariable int number) {
        byte[] bytes = recordings.part(recordings.find(caller.id(), vm, id), number);
        return ResponseEntity.ok()
                .contentType(MediaType.APPLICATION_OCTET_STREAM)
                .cacheControl(CacheControl.noStore())
                .body(bytes);
    }

    @PostMapping("/{id}/stop")
    RecordingView stop(Caller caller, @PathVariable VmId vm, @PathVariable RecordingId id) {
        Recording ended = recordings.stop(caller.id(), vm, id);
        return view(ended, recordings.status(ended).orElse(null));
    }

    @DeleteMapping("/{id}")
    @ResponseStatus(HttpStatus.NO_CONTENT)
    void delete(Caller caller, @PathVariable VmId vm, @PathVariable RecordingId id) {
        recordings.delete(caller.id(), vm, id);
    }
}

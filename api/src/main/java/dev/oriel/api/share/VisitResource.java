package dev.oriel.api.share;

import dev.oriel.api.http.Public;
import dev.oriel.api.recording.Recordings;
import dev.oriel.api.vm.ConsoleView;
import dev.oriel.api.vm.Vm;
import dev.oriel.core.console.ConsolePermission;
import dev.oriel.core.console.Guest;
import dev.oriel.core.vm.VmState;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /shares/{token}}: what somebody who has nothing but a link may do. */
@RestController
@RequestMapping("/shares/{token}")
@Public
class VisitResource {
    private static final String NAMELESS = "Guest";

    private final Shares shares;
    private final Recordings recordings;

    VisitResource(Shares shares, Recordings recordings) {
        this.shares = shares;
        this.recordings = recordings;
    }

    /** What a link leads to; {@code recorded}: whoever comes in is told first. Reading it uses nothing up: previews of chats do. */
    record LinkView(
            String name,
            ConsolePermission mode,
            boolean password,
            boolean running,
            boolean recorded,
            Instant expiresAt) {}

    /**
     * The body of {@code POST /shares/{token}/ticket}, which may be missing.
     *
     * @param name what others see in the list of viewers
     * @param visit the key that an earlier answer gave: the same visitor comes back
     */
    record VisitBody(
            @Nullable String password,
            @Nullable String name,
            @Nullable String visit) {
        @Override
        public String toString() {
            return "VisitBody";
        }
    }

    /** A console for a visitor. */
    record VisitView(
            String url,
            @Nullable String ticket,
            @Nullable Instant expiresAt,
            @Nullable String viewer,
            ConsolePermission mode,
            @Nullable String visit) {
        @Override
        public String toString() {
            return "VisitView[" + url + "]";
        }
    }

    @GetMapping
    LinkView show(@PathVariable String token) {
        Share share = shares.find(token);
        Vm vm = shares.vmOf(share);
        return new LinkView(
                vm.name(),
                share.mode(),
                share.passwordHash().isPresent(),
                vm.state() == VmState.RUNNING,
                recordings.isRecorded(vm.id()),
                share.expiresAt());
    }

    @PostMapping("/ticket")
    VisitView ticket(
            HttpServletRequest request,
            @PathVariable String token,
            @RequestBody(required = false) @Nullable VisitBody body) {
        VisitBody given = body == null ? new VisitBody(null, null, null) : body;
        Shares.Admitted admitted =
                shares.admit(request, shares.find(token), name(given.name()), given.password(), given.visit());
        ConsoleView console = admitted.console();
        return new VisitView(
                console.url(),
                console.ticket(),
                console.expiresAt(),
                console.viewer(),
                admitted.mode(),
                admitted.key());
    }

    /** Without line breaks and the like, and short. */
    private static String name(@Nullable String given) {
        String clean =
                given == null ? "" : given.replaceAll("\\p{C}", "").strip().replaceAll("\\s+", " ");
        if (clean.isEmpty()) {
            return NAMELESS;
        }
        int end = Math.min(clean.length(), Guest.MAX_NAME);
        // Never half of a character.
        return clean.substring(0, Character.isHighSurrogate(clean.charAt(end - 1)) ? end - 1 : end)
                .strip();
    }
}

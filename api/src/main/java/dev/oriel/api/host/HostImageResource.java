package dev.oriel.api.host;

import dev.oriel.api.account.Caller;
import dev.oriel.api.account.Role;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.UnusedImage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/** {@code /hosts/images}: images on hosts that nothing needs any more, for operators. */
@RestController
class HostImageResource {
    private static final Logger LOG = LoggerFactory.getLogger(HostImageResource.class);

    private final Hosts hosts;

    HostImageResource(Hosts hosts) {
        this.hosts = hosts;
    }

    /**
     * An image that nothing needs.
     *
     * @param kind {@code base}, {@code disc} or {@code leftover}
     * @param keptUntil its host removes it by itself some minutes after this
     */
    record UnusedImageView(
            String host, String kind, String name, long sizeBytes, Instant unusedSince, Instant keptUntil) {
        static UnusedImageView of(Host host, UnusedImage image) {
            return new UnusedImageView(
                    host.name().value(),
                    image.kind().name().toLowerCase(Locale.ROOT),
                    image.name(),
                    image.size().value(),
                    image.unusedSince(),
                    image.keptUntil());
        }
    }

    @GetMapping("/hosts/images")
    List<UnusedImageView> unused(Caller caller) {
        caller.require(Role.OPERATOR);
        return ofAll(HostApi::unusedImages);
    }

    /** Removes what has not been needed for long enough, now; answers what is gone. */
    @PostMapping("/hosts/images/collect")
    List<UnusedImageView> collect(Caller caller) {
        caller.require(Role.OPERATOR);
        return ofAll(HostApi::collectImages);
    }

    /** Those that answer; when none does, that is the answer. */
    private List<UnusedImageView> ofAll(Function<HostApi, List<UnusedImage>> ask) {
        List<UnusedImageView> views = new ArrayList<>();
        List<OrielException> failures = new ArrayList<>();
        for (Host host : hosts.all()) {
            try {
                ask.apply(host.api()).forEach(image -> views.add(UnusedImageView.of(host, image)));
            } catch (OrielException e) {
                LOG.warn("Host {} does not say which images it does not need", host.name(), e);
                failures.add(e);
            }
        }
        if (!failures.isEmpty() && failures.size() == hosts.all().size()) {
            throw failures.getFirst();
        }
        return views;
    }
}

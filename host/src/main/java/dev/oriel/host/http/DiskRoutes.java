package dev.oriel.host.http;

import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.VmId;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** The routes of {@link HostPaths} about disks, their snapshots and what images nothing needs. */
final class DiskRoutes {
    /** A host takes up to 20 s for a snapshot. */
    private static final Duration GRACE = Duration.ofSeconds(25);

    private static final Duration COPY = Duration.ofHours(1);

    private static final String DISK = HostPaths.VMS + "/{id}/disk";
    private static final String SNAPSHOT = HostPaths.VMS + "/{id}/snapshots/{snapshot}";

    private final HostApi host;
    private final Deadline deadline;

    DiskRoutes(HostApi host, Deadline deadline) {
        this.host = host;
        this.deadline = deadline;
    }

    void register(HttpRules rules, Endpoints endpoints) {
        rules.get(HostPaths.DISKS, endpoints.secured("disks", this::disks))
                .any(HostPaths.DISKS, endpoints.secured("disks", Endpoints.onlyMethods("GET")))
                .get(DISK, endpoints.secured("disk", this::disk))
                .any(DISK, endpoints.secured("disk", Endpoints.onlyMethods("GET")))
                .put(SNAPSHOT, endpoints.secured("take-snapshot", this::take))
                .delete(SNAPSHOT, endpoints.secured("drop-snapshot", this::drop))
                .get(SNAPSHOT + "/image", endpoints.secured("snapshot-image", this::image))
                .any(SNAPSHOT + "/image", endpoints.secured("snapshot-image", Endpoints.onlyMethods("GET")))
                .get(HostPaths.UNUSED_IMAGES, endpoints.secured("unused-images", this::unused))
                .delete(HostPaths.UNUSED_IMAGES, endpoints.secured("collect-images", this::collect))
                .any(HostPaths.UNUSED_IMAGES, endpoints.secured("unused-images", Endpoints.onlyMethods("GET, DELETE")))
                .any(SNAPSHOT, endpoints.secured("take-snapshot", Endpoints.onlyMethods("PUT, DELETE")));
    }

    private void disks(ServerRequest request, ServerResponse response) throws InterruptedException {
        json(response, deadline.within(GRACE, host::disks));
    }

    private void disk(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        json(response, deadline.within(GRACE, () -> host.disk(vm)));
    }

    private void take(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        SnapshotId snapshot = RequestParameters.snapshot(request);
        boolean live = RequestParameters.flag(request, "live");
        json(response, deadline.within(GRACE, () -> host.takeSnapshot(vm, snapshot, live)));
    }

    private void drop(ServerRequest request, ServerResponse response) throws InterruptedException {
        VmId vm = RequestParameters.vm(request);
        SnapshotId snapshot = RequestParameters.snapshot(request);
        deadline.within(GRACE, () -> {
            host.dropSnapshot(vm, snapshot);
            return snapshot;
        });
        response.status(Status.NO_CONTENT_204).send();
    }

    /** The bytes come at the reader's pace; one that stands still is cut by the server. */
    private void image(ServerRequest request, ServerResponse response) throws IOException, InterruptedException {
        VmId vm = RequestParameters.vm(request);
        SnapshotId snapshot = RequestParameters.snapshot(request);
        try (SnapshotImage image = deadline.within(COPY, () -> host.openSnapshot(vm, snapshot))) {
            response.headers().contentLength(image.size().value());
            response.headers().set(HeaderNames.CONTENT_TYPE, "application/octet-stream");
            try (OutputStream out = response.outputStream()) {
                image.content().transferTo(out);
            }
        }
    }

    private void unused(ServerRequest request, ServerResponse response) throws InterruptedException {
        json(response, deadline.within(GRACE, host::unusedImages));
    }

    private void collect(ServerRequest request, ServerResponse response) throws InterruptedException {
        json(response, deadline.within(GRACE, host::collectImages));
    }

    private static void json(ServerResponse response, Object body) {
        response.headers().set(HeaderNames.CONTENT_TYPE, "application/json");
        response.send(OrielJson.mapper().writeValueAsBytes(body));
    }
}

package dev.oriel.api.host;

import dev.oriel.api.HostTarget;
import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.host.DiscWish;
import dev.oriel.core.host.DiskUsage;
import dev.oriel.core.host.HostApi;
import dev.oriel.core.host.HostInfo;
import dev.oriel.core.host.HostPaths;
import dev.oriel.core.host.SnapshotImage;
import dev.oriel.core.host.SnapshotStatus;
import dev.oriel.core.host.TemplateImport;
import dev.oriel.core.host.TemplateStatus;
import dev.oriel.core.host.UnusedImage;
import dev.oriel.core.host.VmAssignment;
import dev.oriel.core.host.VmChanges;
import dev.oriel.core.host.VmObservation;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.json.OrielJson;
import dev.oriel.core.unit.Bytes;
import dev.oriel.core.vm.SnapshotId;
import dev.oriel.core.vm.TemplateName;
import dev.oriel.core.vm.VmId;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** {@link HostApi} over HTTP, as {@link HostPaths} describes it. Every call has a deadline. Thread-safe. */
public final class HostClient implements HostApi {
    private static final Duration QUICK = Duration.ofSeconds(3);
    /** How much later than the wait it was told the host may answer. */
    private static final Duration MARGIN = Duration.ofSeconds(3);

    private static final Duration SCREENSHOT_LIMIT = Duration.ofSeconds(10);
    private static final Duration DISC_LIMIT = Duration.ofSeconds(10);
    private static final Duration SNAPSHOT_LIMIT = Duration.ofSeconds(27);
    private static final Duration DISKS_LIMIT = Duration.ofSeconds(10);
    private static final Duration COPY_LIMIT = Duration.ofHours(1);
    private static final Duration IMAGE_LIMIT = Duration.ofMinutes(10);

    private final BearerHttp http;

    public HostClient(HostTarget target, HttpClient client) {
        this.http = new BearerHttp("host " + target.name(), target.url(), target.secret(), client);
    }

    @Override
    public HostInfo info() {
        return http.json(http.to(HostPaths.INFO).GET(), QUICK, HostInfo.class);
    }

    @Override
    public VmObservation ensure(VmAssignment assignment, Duration wait) {
        HttpRequest.Builder request = http.to(vmPath(assignment.spec().id()) + "?wait=" + wait.toMillis())
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofByteArray(OrielJson.mapper().writeValueAsBytes(assignment)));
        return http.json(request, wait.plus(MARGIN), VmObservation.class);
    }

    @Override
    public Optional<VmObservation> observe(VmId vm) {
        try {
            return Optional.of(http.json(http.to(vmPath(vm)).GET(), QUICK, VmObservation.class));
        } catch (OrielException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public VmChanges changes(long since, Duration wait) {
        String path = HostPaths.CHANGES + "?since=" + since + "&wait=" + wait.toMillis();
        return http.json(http.to(path).GET(), wait.plus(MARGIN), VmChanges.class);
    }

    @Override
    public List<TemplateStatus> templates() {
        return List.of(http.json(http.to(HostPaths.TEMPLATES).GET(), QUICK, TemplateStatus[].class));
    }

    @Override
    public TemplateStatus importTemplate(TemplateImport wish) {
        HttpRequest.Builder request = http.to(HostPaths.TEMPLATES + "/" + wish.name())
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofByteArray(OrielJson.mapper().writeValueAsBytes(wish)));
        return http.json(request, QUICK, TemplateStatus.class);
    }

    @Override
    public void dropTemplate(TemplateName name) {
        http.bytes(http.to(HostPaths.TEMPLATES + "/" + name).DELETE(), QUICK);
    }

    @Override
    public TemplateStatus freezeTemplate(TemplateName name) {
        HttpRequest.Builder request =
                http.to(HostPaths.TEMPLATES + "/" + name + "/freeze").POST(BodyPublishers.noBody());
        return http.json(request, QUICK, TemplateStatus.class);
    }

    @Override
    public byte[] screenshot(VmId vm) {
        return http.bytes(http.to(vmPath(vm) + "/screenshot").GET(), SCREENSHOT_LIMIT);
    }

    @Override
    public void insertDisc(VmId vm, ImageDigest image) {
        HttpRequest.Builder request = http.to(discPath(vm))
                .header("Content-Type", "application/json")
                .PUT(BodyPublishers.ofByteArray(OrielJson.mapper().writeValueAsBytes(new DiscWish(image))));
        http.bytes(request, DISC_LIMIT);
    }

    @Override
    public void ejectDisc(VmId vm) {
        http.bytes(http.to(discPath(vm)).DELETE(), DISC_LIMIT);
    }

    @Override
    public Optional<ImageDigest> disc(VmId vm) {
        try {
            DiscWish disc = http.json(http.to(discPath(vm)).GET(), DISC_LIMIT, DiscWish.class);
            return Optional.of(disc.image());
        } catch (OrielException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return Optional.empty();
            }
            throw e;
        }
    }

    @Override
    public boolean hasImage(ImageDigest digest) {
        try {
            http.bytes(http.to(imagePath(digest)).HEAD(), QUICK);
            return true;
        } catch (OrielException e) {
            if (e.code() == ErrorCode.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public void putImage(ImageDigest digest, Bytes size, InputStream content) {
        HttpRequest.BodyPublisher body =
                BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> content), size.value());
        http.bytes(http.to(imagePath(digest)).PUT(body), IMAGE_LIMIT);
    }

    @Override
    public void dropImage(ImageDigest digest) {
        http.bytes(http.to(imagePath(digest)).DELETE(), QUICK);
    }

    private static String discPath(VmId vm) {
        return vmPath(vm) + "/disc";
    }

    @Override
    public SnapshotStatus takeSnapshot(VmId vm, SnapshotId snapshot, boolean live) {
        String path = snapshotPath(vm, snapshot) + (live ? "?live=true" : "");
        return http.json(http.to(path).PUT(BodyPublishers.noBody()), SNAPSHOT_LIMIT, SnapshotStatus.class);
    }

    @Override
    public void dropSnapshot(VmId vm, SnapshotId snapshot) {
        http.bytes(http.to(snapshotPath(vm, snapshot)).DELETE(), SNAPSHOT_LIMIT);
    }

    @Override
    public SnapshotImage openSnapshot(VmId vm, SnapshotId snapshot) {
        HttpResponse<InputStream> answer =
                http.stream(http.to(snapshotPath(vm, snapshot) + "/image").GET(), COPY_LIMIT);
        long size = answer.headers().firstValueAsLong("Content-Length").orElse(0);
        return new SnapshotImage(new Bytes(size), answer.body());
    }

    @Override
    public DiskUsage disk(VmId vm) {
        return http.json(http.to(vmPath(vm) + "/disk").GET(), QUICK, DiskUsage.class);
    }

    @Override
    public List<DiskUsage> disks() {
        return List.of(http.json(http.to(HostPaths.DISKS).GET(), DISKS_LIMIT, DiskUsage[].class));
    }

    @Override
    public List<UnusedImage> unusedImages() {
        return List.of(http.json(http.to(HostPaths.UNUSED_IMAGES).GET(), DISKS_LIMIT, UnusedImage[].class));
    }

    @Override
    public List<UnusedImage> collectImages() {
        return List.of(http.json(http.to(HostPaths.UNUSED_IMAGES).DELETE(), DISKS_LIMIT, UnusedImage[].class));
    }

    private static String snapshotPath(VmId vm, SnapshotId snapshot) {
        return vmPath(vm) + "/snapshots/" + snapshot;
    }

    private static String vmPath(VmId vm) {
        return HostPaths.VMS + "/" + vm;
    }

    private static String imagePath(ImageDigest digest) {
        return HostPaths.IMAGES + "/" + digest;
    }
}

package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import dev.oriel.core.vm.VmId;
import dev.oriel.host.disk.ImageStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** The drives that discs are put into while guests run. Thread-safe. */
final class DiscDrives {
    private interface Call {
        Optional<ImageDigest> on(GuestDiscs drive) throws InterruptedException;
    }

    private final ImageStore images;
    private final Map<VmId, VmDriver> drivers;

    DiscDrives(ImageStore images, Map<VmId, VmDriver> drivers) {
        this.images = images;
        this.drivers = drivers;
    }

    void insert(VmId vm, ImageDigest image) {
        Path file = images.find(image)
                .orElseThrow(() -> new OrielException(ErrorCode.NOT_FOUND, "this host has not been given that disc"));
        withDrive(vm, drive -> {
            drive.insert(image, file);
            return Optional.empty();
        });
    }

    void eject(VmId vm) {
        withDrive(vm, drive -> {
            drive.eject();
            return Optional.empty();
        });
    }

    Optional<ImageDigest> disc(VmId vm) {
        return withDrive(vm, GuestDiscs::present);
    }

    private Optional<ImageDigest> withDrive(VmId vm, Call call) {
        Guest guest = Optional.ofNullable(drivers.get(vm))
                .flatMap(VmDriver::guest)
                .filter(Guest::isConnected)
                .orElseThrow(() -> new OrielException(ErrorCode.STATE_CONFLICT, "this VM does not run here"));
        try {
            synchronized (guest) {
                return call.on(new GuestDiscs(guest));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OrielException(ErrorCode.SHUTTING_DOWN, "the host is stopping", e);
        }
    }
}

package dev.oriel.host.vm;

import dev.oriel.core.error.ErrorCode;
import dev.oriel.core.error.OrielException;
import dev.oriel.core.image.ImageDigest;
import java.io.IOException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/** The discs in the drives of running guests, as their QEMUs say: no record names one that was put in by hand. */
final class DrivesInUse {
    private DrivesInUse() {}

    /** @throws IOException when a guest does not say what is in its drive */
    static Set<String> of(Collection<VmDriver> drivers) throws IOException, InterruptedException {
        Set<String> discs = new HashSet<>();
        for (VmDriver driver : drivers) {
            Guest guest = driver.guest().orElse(null);
            if (guest == null || !guest.isAlive()) {
                continue;
            }
            try {
                synchronized (guest) {
                    new GuestDiscs(guest).present().map(ImageDigest::value).ifPresent(discs::add);
                }
            } catch (OrielException e) {
                boolean hasNoDrive = e.code() == ErrorCode.STATE_CONFLICT;
                if (!hasNoDrive && guest.isAlive()) {
                    throw new IOException("a guest does not say which disc is in its drive", e);
                }
            }
        }
        return discs;
    }
}

package dev.oriel.app.data;

import dev.oriel.app.child.ServiceUser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** A data directory below a test's temporary directory, and the users that servers there run as. */
public final class TestPlace {
    private TestPlace() {}

    /** Opens the way for other uids: JUnit's temporary directories are closed to them. */
    public static DataDirectory open(Path temporary) throws IOException {
        Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx--x--x"));
        return DataDirectory.open(temporary.resolve("data"));
    }

    /** As in `up`: an own uid when root runs the test. */
    public static ServiceUser user() {
        return System.getProperty("user.name").equals("root")
                ? new ServiceUser.Own(0x4fff_0000, false)
                : new ServiceUser.Same();
    }
}

package dev.oriel.app.child;

import java.io.IOException;
import java.io.InputStream;

/** Programs that come inside jars. */
public final class Resource {
    private Resource() {}

    /**
     * The whole content of a file on the class path.
     *
     * @throws ChildFailure when it is not there
     */
    public static byte[] read(String name) {
        try (InputStream stream = Resource.class.getResourceAsStream("/" + name)) {
            if (stream == null) {
                throw new ChildFailure("the program " + name + " is not part of this build: no binaries for "
                        + System.getProperty("os.arch"));
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new ChildFailure("the program " + name + " cannot be read", e);
        }
    }
}

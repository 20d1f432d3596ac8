package dev.oriel.api.page;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a person goes after signing in: only ever to one of this site's own pages. The scripts judge the same way. */
final class NextPage {
    static final String HOME = "/pages/desktops";

    /** Not {@code //host}, which is another site, nor {@code /\host}, which browsers read as the same. */
    private static final Pattern OWN = Pattern.compile("/(?![/\\\\])[\\x21-\\x5b\\x5d-\\x7e]*");

    private static final Pattern DOOR = Pattern.compile("/pages/(login|register)\\b.*");

    private NextPage() {}

    /** {@code wanted} if it names one of our pages behind the login, else {@link #HOME}. */
    static String of(@Nullable String wanted) {
        if (wanted == null || !OWN.matcher(wanted).matches()) {
            return HOME;
        }
        try {
            String path = new URI(wanted).normalize().getPath();
            return path.startsWith("/pages/") && !DOOR.matcher(path).matches() ? wanted : HOME;
        } catch (URISyntaxException e) {
            return HOME;
        }
    }

    /** The address of the login page that leads back to {@code page}. */
    static String login(String page) {
        return "/pages/login?next=" + URLEncoder.encode(page, StandardCharsets.UTF_8);
    }
}

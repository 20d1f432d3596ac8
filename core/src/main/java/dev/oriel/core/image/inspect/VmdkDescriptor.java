package dev.oriel.core.image.inspect;

import static dev.oriel.core.image.inspect.RefusedImageException.require;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The text inside a sparse VMDK: it must describe this one file, no parent and no other extent. */
final class VmdkDescriptor {
    private static final Pattern EXTENT =
            Pattern.compile("rw (\\d{1,18}) sparse \"[^\"/\\\\:]{1,255}\"", Pattern.CASE_INSENSITIVE);
    private static final Pattern EXTENT_LIKE =
            Pattern.compile("(rw|rdonly|noaccess)\\s.*", Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final List<String> TYPES =
            List.of("createtype=\"monolithicsparse\"", "createtype=\"streamoptimized\"");

    private VmdkDescriptor() {}

    static void check(ImageBytes image, VmdkHead head) throws IOException, RefusedImageException {
        long offset = head.descriptorOffset() * VmdkHead.SECTOR;
        int length = (int) head.descriptorSize() * VmdkHead.SECTOR;
        require(offset + length <= image.length(), "It ends inside its descriptor.");
        String text = new String(image.big(offset, length).array(), StandardCharsets.ISO_8859_1);
        int end = text.indexOf('\0');
        // Behind the first NUL there is nothing: a second text there could be read by somebody else.
        require(end < 0 || text.substring(end).chars().allMatch(c -> c == 0), "Its descriptor holds hidden text.");
        checkLines(end < 0 ? text : text.substring(0, end), head);
    }

    private static void checkLines(String text, VmdkHead head) throws RefusedImageException {
        int extents = 0;
        int types = 0;
        for (String raw : text.split("[\r\n]+", -1)) {
            String line = raw.strip();
            String key = line.toLowerCase(Locale.ROOT).replaceAll("\\s*=\\s*", "=");
            require(!key.contains("parentfilenamehint"), "It stands on a parent image: flatten it first.");
            if (key.startsWith("parentcid=")) {
                require(key.equals("parentcid=ffffffff"), "It stands on a parent image: flatten it first.");
            }
            if (key.startsWith("createtype=")) {
                require(TYPES.contains(key), "Its data are in other files: convert it to qcow2 first.");
                types++;
            }
            if (EXTENT_LIKE.matcher(line).matches()) {
                Matcher extent = EXTENT.matcher(line);
                require(
                        extent.matches() && Long.parseLong(extent.group(1)) == head.capacity(),
                        "Its data are in other files: convert it to qcow2 first.");
                extents++;
            }
        }
        require(extents == 1 && types == 1, "Its descriptor does not describe one sparse disk.");
    }
}

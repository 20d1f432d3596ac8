package dev.oriel.api.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The content policy forbids inline scripts and styles: a template that had one would only fail in a browser. */
class TemplatesTest {
    private static final Pattern INLINE = Pattern.compile(
            "<style|\\sstyle\\s*=|\\son[a-z]+\\s*=|=\\s*\"\\s*javascript:|<script(?![^>]*th:src=)",
            Pattern.CASE_INSENSITIVE);
    private static final Pattern FOREIGN = Pattern.compile("(src|href|action)\\s*=\\s*\"(https?:)?//");
    private static final Pattern UNESCAPED = Pattern.compile("th:utext|\\[\\(");

    static List<Path> templates() throws IOException, URISyntaxException {
        Path directory = Path.of(Objects.requireNonNull(TemplatesTest.class.getResource("/templates"))
                .toURI());
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    @ParameterizedTest
    @MethodSource("templates")
    void template_hasNothingInlineForeignOrUnescaped(Path template) {
        String text = read(template);
        assertThat(INLINE.matcher(text).find()).as("inline script or style").isFalse();
        assertThat(FOREIGN.matcher(text).find())
                .as("something from another site")
                .isFalse();
        assertThat(UNESCAPED.matcher(text).find())
                .as("text that is not escaped")
                .isFalse();
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

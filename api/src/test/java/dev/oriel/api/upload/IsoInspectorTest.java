package dev.oriel.api.upload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class IsoInspectorTest {
    @TempDir
    static Path directory = Path.of("unset");

    @BeforeAll
    static void unpack() throws Exception {
        ImageCorpus.unpackInto(directory);
    }

    static List<ImageCorpus.Entry> discs() throws IOException {
        return ImageCorpus.declaredAs("iso");
    }

    @ParameterizedTest
    @MethodSource("discs")
    void everyDiscOfTheCorpus_getsItsVerdict(ImageCorpus.Entry entry) throws IOException {
        assertThat(IsoInspector.objection(directory.resolve(entry.file())).isEmpty())
                .isEqualTo(entry.verdict().equals("accept"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"KDMV", "# Disk DescriptorFile", "vhdxfile", "conectix", "QED\0", "<<< Oracle VM"})
    void disc_thatBeginsLikeAnotherFormat_isRefused(String magic) throws IOException {
        byte[] disc = Files.readAllBytes(directory.resolve("ok-08-plain.iso"));
        byte[] start = magic.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(start, 0, disc, 0, start.length);
        Path file = Files.write(directory.resolve("changed.iso"), disc);
        assertThat(IsoInspector.objection(file)).isPresent();
    }

    @Test
    void hybridDisc_withABootSector_isAccepted() throws IOException {
        byte[] disc = Files.readAllBytes(directory.resolve("ok-08-plain.iso"));
        disc[510] = 0x55;
        disc[511] = (byte) 0xAA;
        assertThat(IsoInspector.objection(Files.write(directory.resolve("hybrid.iso"), disc)))
                .isEmpty();
    }
}

package dev.oriel.gateway.rfb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.oriel.core.console.ConsolePermission;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RfbUpstreamTest {
    private static final String HELLO = hex("RFB 003.008\n") + "01" + "01";
    private static final String WAKE = "040000000000ff14";

    @Test
    void legalMessages_passAsTheyCame() {
        String messages = "00000000" + "20180001" + "00ff00ff00ff1008" + "00000000"
                + "02000002" + "00000007" + "00000000"
                + "03010000000004000300"
                + "0401000000000061"
                + "050100100020"
                + "0600000000000003616263"
                + "ff000001" + "000000610000001e";
        assertThat(passed(ConsolePermission.DRIVE, HELLO + messages)).isEqualTo(HELLO + messages);
    }

    @Test
    void everyCut_givesTheSame() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ByteBuf stream = ClientStreams.legal(random, 60);
            ByteBuf whole = Unpooled.buffer();
            RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
            assertThat(filter.accept(stream, 0, stream.readableBytes(), whole))
                    .as("seed %d", seed)
                    .isTrue();
            filter.releaseAll(whole);
            ByteBuf cut = Unpooled.buffer();
            assertThat(acceptInPieces(random, stream, cut)).isTrue();
            assertThat(cut).as("seed %d", seed).isEqualTo(whole);
            assertThat(ClientStreams.illegal(cut)).isEmpty();
        }
    }

    @Test
    void whateverIsMutated_onlyLegalMessagesPass() {
        int refused = 0;
        for (int seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            ByteBuf stream = ClientStreams.mutated(random);
            ByteBuf out = Unpooled.buffer();
            refused += acceptInPieces(random, stream, out) ? 0 : 1;
            assertThat(ClientStreams.illegal(out)).as("seed %d", seed).isEmpty();
        }
        assertThat(refused).isBetween(1000, 19_999);
    }

    private static boolean acceptInPieces(Random random, ByteBuf stream, ByteBuf out) {
        RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        boolean sound = true;
        int at = 0;
        int end = stream.readableBytes();
        while (at < end) {
            int count = Math.min(end - at, 1 + random.nextInt(random.nextBoolean() ? 3 : 2000));
            sound = filter.accept(stream, at, count, out);
            at += count;
        }
        filter.releaseAll(out);
        return sound;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "01", // FixColourMapEntries, long gone
                "63", // unknown
                "02000101", // 257 encodings
                "00000000180018000000ff00ff00ff10080000000000", // 24 bits per pixel
                "0000000020180001" + "00ff00ff00ff28080000000000", // a shift of 40
                "ff02", // unknown QEMU message
                "ff010005", // unknown audio operation
                "f80000000000000041", // a fence of 65 bytes
                "0600000080000000", // a length that has no negative
                "0600000004000001" // more text than is skipped
            })
    void whatIsNoRfb_endsTheStream(String message) {
        ByteBuf in = bytes(HELLO + message + "00".repeat(40));
        ByteBuf out = Unpooled.buffer();
        RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        assertThat(filter.accept(in, 0, in.readableBytes(), out)).isFalse();
        assertThat(hex(out)).isEqualTo(HELLO);
        assertThat(filter.accept(bytes("050000000000"), 0, 6, out)).isFalse();
        assertThat(hex(out)).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "96010000000000000000", // continuous updates
                "f8000000" + "80000000" + "04" + "01020304", // fence
                "fa000102", // xvp
                "fb00" + "04000300" + "0100" + "00000000000000000400030000000000", // desktop size, one screen
                "ff010000", // audio on
                "ff0100020302" + "0000ac44", // audio format
                "06000000fffffffc" + "01000001" // extended clipboard
            })
    void whatAVmHasNoUseFor_isDropped(String message) {
        assertThat(passed(ConsolePermission.DRIVE, HELLO + message + "050000010001"))
                .isEqualTo(HELLO + "050000010001");
    }

    @Test
    void tooMuchText_isDropped_andTheConsoleGoesOn() {
        String text = "06000000" + "00040001" + "61".repeat((256 << 10) + 1);
        assertThat(passed(ConsolePermission.DRIVE, HELLO + text + "050000010001"))
                .isEqualTo(HELLO + "050000010001");
        String most = "06000000" + "00040000" + "61".repeat(256 << 10);
        assertThat(passed(ConsolePermission.DRIVE, HELLO + most)).isEqualTo(HELLO + most);
    }

    @Test
    void encodingsThatChangeTheProtocol_areNotAnnounced() {
        String offered = "02000004" + "00000007" + "fffffec4" + "c0a1e5ce" + "fffffefd";
        assertThat(passed(ConsolePermission.DRIVE, HELLO + offered)).isEqualTo(HELLO + "02000001" + "00000007");
    }

    @Test
    void aViewer_onlyLooks() {
        String input = "0401000000000061" + "050100100020" + "0600000000000003616263" + "ff000001000000610000001e";
        String update = "03000000000004000300";
        assertThat(passed(ConsolePermission.VIEW, HELLO + input + update + input))
                .isEqualTo(HELLO + update + WAKE);
    }

    @Test
    void losingControl_letsGoOfWhatIsHeld_andDropsInputUntilItIsBack() {
        RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        ByteBuf out = Unpooled.buffer();
        String pressA = "0401000000000061";
        accept(filter, HELLO + pressA + "050100100020", out);
        out.clear();
        filter.drive(false, out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo("0400000000000061" + "050000100020");
        out.clear();
        accept(filter, pressA, out);
        assertThat(out.isReadable()).isFalse();
        filter.drive(true, out);
        accept(filter, pressA, out);
        assertThat(ByteBufUtil.hexDump(out)).isEqualTo(pressA);
    }

    private static void accept(RfbUpstream filter, String hex, ByteBuf out) {
        ByteBuf in = bytes(hex);
        assertThat(filter.accept(in, 0, in.readableBytes(), out)).isTrue();
    }

    @Test
    void theFirstFullUpdateRequest_isFollowedByOneHarmlessInput() {
        String full = "03000000000004000300";
        assertThat(passed(ConsolePermission.DRIVE, HELLO + full + full)).isEqualTo(HELLO + full + WAKE + full);
    }

    @Test
    void theConsoleIsAlwaysShared() {
        String alone = hex("RFB 003.008\n") + "01" + "00";
        assertThat(passed(ConsolePermission.DRIVE, alone)).isEqualTo(HELLO);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RFB 003.009\n", "RFB 004.000\n", "GET / HTTP/1", "RFB 003.008\r"})
    void otherVersions_areRefused(String version) {
        ByteBuf out = Unpooled.buffer();
        ByteBuf in = bytes(hex(version));
        assertThat(new RfbUpstream(ConsolePermission.DRIVE).accept(in, 0, 12, out))
                .isFalse();
        assertThat(out.isReadable()).isFalse();
    }

    @Test
    void oldVersions_chooseNoSecurityType() {
        String old = hex("RFB 003.003\n") + "01" + "050000010001";
        assertThat(passed(ConsolePermission.DRIVE, old)).isEqualTo(old);
    }

    @Test
    void heldKeysAndButtons_areLetGo() {
        RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        ByteBuf in = bytes(HELLO
                + "040100000000ffe1" // Shift down
                + "0401000000000061" // a down
                + "0400000000000061" // a up
                + "ff000001000000420000001e" // B down by key code
                + "ff000000000000620000001e" // the same key up, as b: Shift went first
                + "ff000001000000430000002e" // C down by key code
                + "050100100020");
        filter.accept(in, 0, in.readableBytes(), Unpooled.buffer());
        ByteBuf out = Unpooled.buffer();
        filter.releaseAll(out);
        assertThat(hex(out)).isEqualTo("040000000000ffe1" + "ff000000000000430000002e" + "050000100020");
        ByteBuf again = Unpooled.buffer();
        filter.releaseAll(again);
        assertThat(again.isReadable()).isFalse();
    }

    @Test
    void everNewKeys_letTheOldestGo() {
        RfbUpstream filter = new RfbUpstream(ConsolePermission.DRIVE);
        StringBuilder stream = new StringBuilder(HELLO);
        for (int key = 0; key < 1000; key++) {
            stream.append("04010000").append(String.format("%08x", 0x100 + key));
        }
        ByteBuf in = bytes(stream.toString());
        ByteBuf out = Unpooled.buffer();
        filter.accept(in, 0, in.readableBytes(), out);
        assertThat(hex(out)).contains("0400000000000100").doesNotContain("04000000000004e7");
        ByteBuf releases = Unpooled.buffer();
        filter.releaseAll(releases);
        assertThat(releases.readableBytes()).isEqualTo(8 * PressedKeys.MAX);
    }

    private static String passed(ConsolePermission permission, String stream) {
        ByteBuf in = bytes(stream);
        ByteBuf out = Unpooled.buffer();
        assertThat(new RfbUpstream(permission).accept(in, 0, in.readableBytes(), out))
                .isTrue();
        return hex(out);
    }

    private static ByteBuf bytes(String hex) {
        return Unpooled.wrappedBuffer(java.util.HexFormat.of().parseHex(hex));
    }

    private static String hex(ByteBuf buffer) {
        return io.netty.buffer.ByteBufUtil.hexDump(buffer);
    }

    private static String hex(String ascii) {
        return java.util.HexFormat.of().formatHex(ascii.getBytes(StandardCharsets.US_ASCII));
    }
}

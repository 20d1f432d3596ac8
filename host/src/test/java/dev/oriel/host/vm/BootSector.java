package dev.oriel.host.vm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The smallest guest there is: 70 bytes that write "OK", echo every key to the screen, power off on {@code q}, and, when
 * polite, on the power button too.
 */
enum BootSector {
    /** Powers off when asked to. */
    POLITE("0d0001", Ending.OFF),
    /** Does not even hear the power button. */
    STUBBORN("909090", Ending.OFF),
    /** As stubborn, and crashes on {@code q}. */
    FRAIL("909090", Ending.PANIC),
    /** Listens, and on {@code w} copies its second sector, {@link #FORGED}, over its first. */
    FORGER("0d0001", Ending.OFF) {
        @Override
        String code() {
            return "fa31c08ed88ec08ed0bc007cfb" // interrupts off; segments 0; stack; interrupts on
                    + "ba0206ed80cc01ef" // ACPI PM1 enable: the power button's bit
                    + "b84f0ecd10b04bcd10" // BIOS: print O, K
                    + "ba0006edf6c4017549" // loop: power button pressed? → off
                    + "b401cd167412" // key waiting? no → idle
                    + "30e4cd163c7174" + "3b" // read it; q? → off
                    + "3c777409" // w? → write
                    + "b40ecd10ebdf" // print it; loop
                    + "f4ebdc" // idle: halt until an interrupt; loop
                    + "b80102bb0080b90200ba8000cd137217" // write: BIOS reads sector 2
                    + "b80103bb0080b90100ba8000cd137207" // and writes it to sector 1
                    + "b8570ecd10ebb5" // print W; loop
                    + "b8450ecd10ebae" // that failed: print E; loop
                    + Ending.OFF;
        }
    };

    /** The file of the host that the forged header names. */
    static final String TARGET = "/etc/os-release";

    /** A qcow2 header of 512 bytes whose backing file is {@link #TARGET}, raw. */
    static final byte[] FORGED = forged();

    /** What a guest does at its end; each then halts for ever. */
    private static final class Ending {
        /** ACPI PM1 control: soft off. */
        static final String OFF = "ba0406b80020eff4ebf6";
        /** The board's panic device: panicked. */
        static final String PANIC = "ba0505b001eef4ebf7";
    }

    private final String listen;
    private final String end;

    BootSector(String listen, String end) {
        this.listen = listen;
        this.end = end;
    }

    /** Writes it as a 1 MiB raw disk. */
    void writeTo(Path disk) throws IOException {
        byte[] image = Arrays.copyOf(HexFormat.of().parseHex(code()), 1 << 20);
        image[510] = 0x55;
        image[511] = (byte) 0xaa;
        System.arraycopy(FORGED, 0, image, 512, FORGED.length);
        Files.write(disk, image);
    }

    String code() {
        return "fa31c08ed88ed0bc007cfb" // interrupts off; segments 0; stack; interrupts on
                + "ba0206ed" + listen + "ef" // ACPI PM1 enable: in; or the power button's bit; out
                + "b84f0ecd10b04bcd10" // BIOS: print O, K
                + "ba0006eda900017517" // loop: power button pressed? → off
                + "b401cd16740e" // key waiting? no → idle
                + "30e4cd163c717409" // read it; q? → off
                + "b40ecd10ebe3" // print it; loop
                + "f4ebe0" // idle: halt until an interrupt; loop
                + end;
    }

    private static byte[] forged() {
        ByteBuffer header = ByteBuffer.allocate(512);
        header.putInt(0x514649fb).putInt(3).putLong(256).putInt(TARGET.length());
        header.putInt(16).putLong(1 << 20).putInt(0).putInt(1).putLong(0x30000);
        header.putLong(0x10000).putInt(1).putInt(0).putLong(0);
        header.putLong(0).putLong(0).putLong(0).putInt(4).putInt(104);
        header.position(256);
        header.put(TARGET.getBytes(StandardCharsets.US_ASCII));
        return header.array();
    }
}

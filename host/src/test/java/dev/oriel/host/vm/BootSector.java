package dev.oriel.host.vm;

import java.io.IOException;
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
    FRAIL("909090", Ending.PANIC);

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
        String code = "fa31c08ed88ed0bc007cfb" // interrupts off; segments 0; stack; interrupts on
                + "ba0206ed" + listen + "ef" // ACPI PM1 enable: in; or the power button's bit; out
                + "b84f0ecd10b04bcd10" // BIOS: print O, K
                + "ba0006eda900017517" // loop: power button pressed? → off
                + "b401cd16740e" // key waiting? no → idle
                + "30e4cd163c717409" // read it; q? → off
                + "b40ecd10ebe3" // print it; loop
                + "f4ebe0" // idle: halt until an interrupt; loop
                + end;
        byte[] image = Arrays.copyOf(HexFormat.of().parseHex(code), 1 << 20);
        image[510] = 0x55;
        image[511] = (byte) 0xaa;
        Files.write(disk, image);
    }
}

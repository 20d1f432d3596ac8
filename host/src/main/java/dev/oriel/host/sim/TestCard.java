package dev.oriel.host.sim;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The screen of a simulated VM, 1280 by 800: its name, colour bars, and what was typed. It holds still until
 * somebody types or clicks, as a desktop should. One byte per pixel, an index into {@link #PALETTE}. Thread-safe.
 */
final class TestCard {
    static final int WIDTH = 1280;
    static final int HEIGHT = 800;
    static final Area WHOLE = new Area(0, 0, WIDTH, HEIGHT);

    /** 0xRRGGBB by index; the first eight are the bars. */
    static final int[] PALETTE = {
        0xF5F5F5, 0xF2C14E, 0x4FC3D9, 0x5FAD56, 0xC06FBB, 0xD9544D, 0x3D6CB9, 0x2B2D42, 0x14213D, 0x1F2F54, 0xFFFFFF,
        0x9FB3D1, 0xFCA311
    };

    private static final byte BACKGROUND = 8;
    private static final byte PANEL = 9;
    private static final byte INK = 10;
    private static final byte SOFT = 11;
    private static final byte MARK = 12;

    private static final int MARGIN = 40;
    private static final int TEXT_SCALE = 3;
    private static final int CELL_WIDTH = (BitmapFont.WIDTH + 1) * TEXT_SCALE;
    private static final int CELL_HEIGHT = (BitmapFont.HEIGHT + 2) * TEXT_SCALE;
    private static final Area TEXT = new Area(MARGIN, 360, WIDTH - 2 * MARGIN, HEIGHT - 360 - MARGIN);
    private static final Area TYPED = new Area(TEXT.x() + 20, TEXT.y() + 20, TEXT.width() - 40, TEXT.height() - 60);
    private static final Area STATUS = new Area(TYPED.x(), TYPED.y() + TYPED.height() + 8, TYPED.width(), 20);

    private final byte[] pixels = new byte[WIDTH * HEIGHT];
    private final TypedText text = new TypedText(TYPED.width() / CELL_WIDTH, TYPED.height() / CELL_HEIGHT);
    private final List<Consumer<Area>> viewers = new CopyOnWriteArrayList<>();
    private int buttons;

    TestCard(String title, String subtitle) {
        fill(WHOLE, BACKGROUND);
        write(title, MARGIN, 40, 8, INK);
        write(subtitle, MARGIN, 120, 3, SOFT);
        int width = (WIDTH - 2 * MARGIN) / 8;
        for (int bar = 0; bar < 8; bar++) {
            fill(new Area(MARGIN + bar * width, 170, width, 160), (byte) bar);
        }
        fill(TEXT, PANEL);
        drawTyped();
        write("type here", STATUS.x(), STATUS.y(), 2, SOFT);
    }

    /** Calls {@code viewer} with every area that changes from now on. */
    void watch(Consumer<Area> viewer) {
        viewers.add(viewer);
    }

    void unwatch(Consumer<Area> viewer) {
        viewers.remove(viewer);
    }

    /** A key as RFB sends it; only presses show. */
    void key(int keysym, boolean down) {
        if (!down) {
            return;
        }
        synchronized (this) {
            text.key(keysym);
            drawTyped();
            fill(STATUS, PANEL);
            write("last key 0x" + Integer.toHexString(keysym), STATUS.x(), STATUS.y(), 2, SOFT);
        }
        changed(TEXT);
    }

    /** A pointer event as RFB sends it; a click leaves a mark. */
    void pointer(int x, int y, int pressed) {
        Area mark = new Area(x - 6, y - 6, 13, 13).within(WHOLE);
        synchronized (this) {
            boolean click = buttons == 0 && pressed != 0;
            buttons = pressed;
            if (!click || mark.isEmpty()) {
                return;
            }
            fill(mark, MARK);
        }
        changed(mark);
    }

    /** The indices of one row's part, copied into {@code row}. */
    synchronized void copyRow(int x, int y, int width, byte[] row) {
        System.arraycopy(pixels, y * WIDTH + x, row, 0, width);
    }

    synchronized byte[] png() {
        return PngImage.encode(pixels, WIDTH, HEIGHT, PALETTE);
    }

    private void changed(Area area) {
        viewers.forEach(viewer -> viewer.accept(area));
    }

    private void drawTyped() {
        fill(TYPED, PANEL);
        List<String> lines = text.lines();
        for (int row = 0; row < lines.size(); row++) {
            write(lines.get(row), TYPED.x(), TYPED.y() + row * CELL_HEIGHT, TEXT_SCALE, INK);
        }
        int cursor = lines.getLast().length() * CELL_WIDTH;
        int y = TYPED.y() + (lines.size() - 1) * CELL_HEIGHT;
        fill(new Area(TYPED.x() + cursor, y, CELL_WIDTH - TEXT_SCALE, CELL_HEIGHT - 6).within(TYPED), MARK);
    }

    private void fill(Area area, byte colour) {
        for (int y = area.y(); y < area.y() + area.height(); y++) {
            int start = y * WIDTH + area.x();
            Arrays.fill(pixels, start, start + area.width(), colour);
        }
    }

    private void write(String line, int left, int top, int scale, byte colour) {
        for (int i = 0; i < line.length(); i++) {
            int x = left + i * (BitmapFont.WIDTH + 1) * scale;
            for (int dot = 0; dot < BitmapFont.WIDTH * BitmapFont.HEIGHT; dot++) {
                int column = dot % BitmapFont.WIDTH;
                int row = dot / BitmapFont.WIDTH;
                if (BitmapFont.dot(line.charAt(i), column, row)) {
                    fill(new Area(x + column * scale, top + row * scale, scale, scale).within(WHOLE), colour);
                }
            }
        }
    }
}

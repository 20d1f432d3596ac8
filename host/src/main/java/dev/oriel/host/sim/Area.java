package dev.oriel.host.sim;

/** A rectangle of pixels; empty when it has no width or no height. */
record Area(int x, int y, int width, int height) {
    static final Area NONE = new Area(0, 0, 0, 0);

    boolean isEmpty() {
        return width <= 0 || height <= 0;
    }

    /** The smallest area that holds both. */
    Area with(Area other) {
        if (isEmpty()) {
            return other;
        }
        if (other.isEmpty()) {
            return this;
        }
        int left = Math.min(x, other.x);
        int top = Math.min(y, other.y);
        int right = Math.max(x + width, other.x + other.width);
        int bottom = Math.max(y + height, other.y + other.height);
        return new Area(left, top, right - left, bottom - top);
    }

    /** What both share. */
    Area within(Area other) {
        int left = Math.max(x, other.x);
        int top = Math.max(y, other.y);
        int right = Math.min(x + width, other.x + other.width);
        int bottom = Math.min(y + height, other.y + other.height);
        return right <= left || bottom <= top ? NONE : new Area(left, top, right - left, bottom - top);
    }
}

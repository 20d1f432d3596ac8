// Where things are in a recording, and how times are written: nothing of it touches the page.

/** The blocks of one part: `[{at, bytes}]`, `at` in ms since the part began. A block that is cut short is left out. */
export function blocks(buffer) {
  const view = new DataView(buffer);
  const found = [];
  for (let place = 0; place + 8 <= buffer.byteLength; ) {
    const at = view.getUint32(place);
    const length = view.getUint32(place + 4);
    if (place + 8 + length > buffer.byteLength) break;
    found.push({ at, bytes: buffer.slice(place + 8, place + 8 + length) });
    place += 8 + length;
  }
  return found;
}

/** More than the greeting of a VNC server says, in bytes. */
const GREETING = 256;
/** A whole picture follows its first bytes within this, and a part's beginning within the other, in ms. */
const PICTURE = 200;
const FIRST_PICTURE = 1000;

/** From when on a part shows something, in ms since it began: a host with much to do answers late. */
export function shownFrom(part) {
  let length = 0;
  for (const { at, bytes } of part) {
    length += bytes.byteLength;
    if (length > GREETING) return Math.max(FIRST_PICTURE, at + PICTURE);
  }
  return FIRST_PICTURE;
}

/** The last part that has begun at `millis`. */
export function partAt(parts, millis) {
  let found = 0;
  for (let i = 0; i < parts.length && parts[i].startMillis <= millis; i++) found = i;
  return found;
}

/** Hours only when there are some: `1:02:03`, `2:03`. */
export function clock(millis) {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

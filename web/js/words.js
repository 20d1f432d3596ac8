// Numbers and states in words. Pure: tested without a browser.

const KIB = 1024;

/** Bytes for people: `1.5 GiB`. */
export function bytes(count) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = Math.max(0, Number(count) || 0);
  let unit = 0;
  while (value >= KIB && unit < units.length - 1) {
    value /= KIB;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, "")} ${units[unit]}`;
}

export const mebibytes = (count) => bytes(Number(count) * KIB * KIB);
export const gibibytes = (count) => bytes(Number(count) * KIB ** 3);

/** A duration for people: `2 h 5 min`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  const days = Math.floor(hours / 24);
  return hours % 24 ? `${days} d ${hours % 24} h` : `${days} d`;
}

/** How long ago, loosely: `just now`, `5 min ago`. */
export function ago(instant, now = Date.now()) {
  const passed = now - Date.parse(instant);
  if (Number.isNaN(passed)) return "";
  return passed < 45000 ? "just now" : `${duration(passed).replace(/^(\d+ \w+) .*/, "$1")} ago`;
}

const DAY = { day: "numeric", month: "short", year: "numeric" };

const written = (instant, format) => {
  const at = new Date(instant);
  return Number.isNaN(at.getTime()) ? "" : at.toLocaleString("en-GB", format);
};

/** The day of an instant where its reader is: `3 Mar 2027`. */
export const day = (instant) => written(instant, DAY);

/** A day that the server counted, which is one of UTC. */
export const utcDay = (instant) => written(instant, { ...DAY, timeZone: "UTC" });

/** An instant where its reader is, to the second: `3 Mar 2027, 14:05:09`. */
export const moment = (instant) => written(instant, { ...DAY, hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** How a VM of a template starts, in a few words. */
export function startOf(template) {
  if (template.instant) return template.pool?.ready > 0 ? "Opens at once" : "Opens in an instant";
  return template.step ? "Boots for now" : "";
}

/** What is being done so that VMs of a template need not boot, or why nothing can be: a line each, with its hardware. */
export function preparationsOf(template) {
  const own = !template.instant && template.step ? [`To open at once: ${template.step}`] : [];
  const others = (template.shapes || []).map((shape) => {
    const hardware = `${shape.cpus} CPU${shape.cpus === 1 ? "" : "s"}, ${mebibytes(shape.memoryMiB)}, ${gibibytes(shape.diskGiB)} disk`;
    return `With ${hardware}: ${shape.instant ? "opens in an instant" : `boots for now${shape.step ? ` (${shape.step})` : ""}`}`;
  });
  return [...own, ...others];
}

/** What a `User-Agent` most likely is, in a word or two. */
export function browserOf(agent) {
  const text = String(agent || "");
  const kinds = [["Edg/", "Edge"], ["OPR/", "Opera"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"], ["Java-http-client", "A Java program"]];
  const kind = kinds.find(([mark]) => text.includes(mark))?.[1] || text.split(/[ /(]/)[0] || "Unknown program";
  const systems = [["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["Windows", "Windows"], ["Mac OS X", "macOS"], ["Linux", "Linux"]];
  const system = systems.find(([mark]) => text.includes(mark))?.[1];
  return system ? `${kind} on ${system}` : kind;
}

const MINUTE = 60 * 1000;
const warnBefore = (fate) => (fate === "delete" ? 24 * 60 : 15) * MINUTE;

/** What will soon be done to a VM by itself: `Stops in 5 min`; empty while that is far off. */
export function endOf(vm, now = Date.now()) {
  const left = Date.parse(vm.expiresAt) - now;
  if (!vm.expires || Number.isNaN(left) || left > warnBefore(vm.expires)) return "";
  const word = { delete: "Is deleted", suspend: "Sleeps" }[vm.expires] || "Stops";
  return left < 60000 ? `${word} in a moment` : `${word} in ${duration(left)}`;
}

/** Every state of a VM: its word, its tone, whether it moves on by itself. */
const STATES = {
  requested: ["Queued", "busy", true],
  provisioning: ["Preparing", "busy", true],
  starting: ["Starting", "busy", true],
  running: ["Running", "lit", false],
  suspending: ["Suspending", "busy", true],
  suspended: ["Suspended", "", false],
  stopping: ["Stopping", "busy", true],
  stopped: ["Stopped", "", false],
  failed: ["Failed", "bad", false],
  lost: ["Host away", "bad", false],
  deleting: ["Deleting", "busy", true],
  deleted: ["Deleted", "", false],
};

export function stateOf(vm) {
  const [word, tone, moving] = STATES[vm.state] || [vm.state, "", false];
  if (vm.state === "running" && String(vm.reason || "").startsWith("paused")) {
    return { word: "Paused", tone: "busy", moving };
  }
  if (vm.state === "running" && vm.reason === "guest-panicked") return { word: "Crashed", tone: "bad", moving };
  return { word, tone, moving };
}

/** What `reason` means, for the reasons that are codes. */
export function reasonOf(vm) {
  if (vm.reason === "paused-unwatched") return "Paused while nobody is looking.";
  if (vm.reason === "paused-io") return "Paused: its disk has no room left. It goes on when there is room again.";
  if (vm.reason === "guest-panicked") return `Its system has crashed.${again(vm)}`;
  return (vm.reason || "") + (vm.reason ? again(vm) : "");
}

/** When a VM that ended by itself is started again. */
const again = (vm) => (vm.restartsAt ? " It is started again in a moment." : "");

/**
 * Unsaved slices in localStorage: written in the same turn as the stroke ends, so that a reload, a crash or a dead
 * server never loses one. Run-length coded, because label slices are a few long runs.
 */
const PREFIX = "fewshot-sam:unsaved:";

/** Runs of (value, length as 3 bytes), base64. */
export function encodeRuns(labels) {
  const out = [];
  for (let at = 0; at < labels.length; ) {
    const value = labels[at];
    let end = at + 1;
    while (end < labels.length && labels[end] === value && end - at < 0xffffff) end++;
    const length = end - at;
    out.push(value, length & 255, (length >> 8) & 255, length >> 16);
    at = end;
  }
  let text = "";
  for (let at = 0; at < out.length; at += 8192) text += String.fromCharCode(...out.slice(at, at + 8192));
  return btoa(text);
}

export function decodeRuns(text, length) {
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  const labels = new Uint8Array(length);
  let at = 0;
  for (let n = 0; n < bytes.length; n += 4) {
    const run = bytes[n + 1] | (bytes[n + 2] << 8) | (bytes[n + 3] << 16);
    labels.fill(bytes[n], at, at + run);
    at += run;
  }
  if (at !== length) throw new Error(`a backup of ${at} cells does not fit a slice of ${length}`);
  return labels;
}

const key = (volumeId, plane, index) => `${PREFIX}${volumeId}/${plane}/${index}`;

/** False when the browser's storage is full or blocked: the slice then lives only in this page until it is saved. */
export function keep(volumeId, plane, index, { labels, state, base }) {
  try {
    localStorage.setItem(key(volumeId, plane, index), JSON.stringify({ runs: encodeRuns(labels), length: labels.length, state, base }));
    return true;
  } catch {
    return false;
  }
}

export function forget(volumeId, plane, index) {
  try {
    localStorage.removeItem(key(volumeId, plane, index));
  } catch {
    // storage is blocked: there was nothing to forget
  }
}

function storedNames() {
  try {
    return Object.keys(localStorage);
  } catch {
    return []; // storage is blocked: nothing was ever kept
  }
}

/** Backups of a volume: [{plane, index, labels, state, base}]; broken ones are dropped. */
export function recall(volumeId) {
  const found = [];
  const prefix = `${PREFIX}${volumeId}/`;
  for (const name of storedNames().filter((item) => item.startsWith(prefix))) {
    try {
      const [plane, index] = name.slice(prefix.length).split("/");
      const { runs, length, state, base } = JSON.parse(localStorage.getItem(name));
      found.push({ plane, index: Number(index), labels: decodeRuns(runs, length), state, base });
    } catch {
      localStorage.removeItem(name);
    }
  }
  return found;
}

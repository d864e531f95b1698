/**
 * Unsaved slices in localStorage: written in the same turn as the stroke ends, so that a reload, a crash or a dead
 * server never loses one. Run-length coded, because label slices are a few long runs.
 */

/** @import { Label, PlaneName } from "../api/types.d.ts" */
/** @import { Content, Slice } from "../state/annotations.js" */
/**
 * @typedef {Content & { base: number, paintedWith?: Label[], notes?: Slice["notes"] }} Kept `base`: the server's version it was
 *   painted on, 0 for none; `paintedWith`: its labels as they were, and `notes`: neither is in backups of earlier versions
 * @typedef {{ name: string, volumeId: string, plane: PlaneName, index: number }} Place of a slice in the storage
 */

const PREFIX = "fewshot-sam:unsaved:";
const ASIDE = { aside: true };
const ASIDE_TEXT = JSON.stringify(ASIDE).slice(0, -1); // how the text of one begins
/** @type {Map<string, string>} What this window has in the storage; windows share one place for a slice. */
const own = new Map();

/**
 * Runs of (value, length as 3 bytes), base64.
 *
 * @param {Uint8Array} labels
 */
export function encodeRuns(labels) {
  /** @type {number[]} */
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

/**
 * @param {string} text of `encodeRuns`
 * @param {number} length cells of the slice
 */
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

/**
 * People who log in may share a volume and a browser, so what each painted is kept apart.
 * @param {string} volumeId @param {PlaneName} plane @param {number} index @param {string} person by name, "" where nobody logs in
 */
const key = (volumeId, plane, index, person) => `${PREFIX}${volumeId}/${plane}/${index}${person && `/${encodeURIComponent(person)}`}`;

/**
 * Keep a slice.
 *
 * @param {string} volumeId
 * @param {PlaneName} plane
 * @param {number} index
 * @param {Kept} slice
 * @param {string} [person] who painted it
 * @param {boolean} [aside] nothing sends it any more: the server refused it
 * @returns {boolean} false when the browser's storage is full or blocked: only this page has the slice until it is saved
 */
export function keep(volumeId, plane, index, { labels, state, base, paintedWith, notes }, person = "", aside = false) {
  const name = key(volumeId, plane, index, person);
  const text = JSON.stringify({ ...(aside && ASIDE), runs: encodeRuns(labels), length: labels.length, state, base, paintedWith, notes });
  try {
    localStorage.setItem(name, text);
    own.set(name, text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The slice is saved. What another window has kept of it since stays.
 *
 * @param {string} volumeId
 * @param {PlaneName} plane
 * @param {number} index
 * @param {string} [person] who painted it
 */
export function forget(volumeId, plane, index, person = "") {
  try {
    for (const name of new Set([key(volumeId, plane, index, person), key(volumeId, plane, index, "")])) {
      if (own.has(name) && localStorage.getItem(name) === own.get(name)) localStorage.removeItem(name);
      own.delete(name);
    }
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

/**
 * Where this browser keeps slices.
 * @param {string} [person] whose they are, beside those of earlier versions, which are nobody's; else everyone's
 * @returns {Place[]}
 */
function places(person) {
  const names = storedNames().filter((name) => name.startsWith(PREFIX));
  const found = names.map((name) => ({ name, parts: name.slice(PREFIX.length).split("/") }));
  return found
    .filter(({ parts: [, , , painter] }) => !painter || person === undefined || painter === encodeURIComponent(person))
    .map(({ name, parts: [volumeId, plane, index] }) => ({ name, volumeId, plane: /** @type {PlaneName} */ (plane), index: Number(index) }));
}

/**
 * Slices that nothing sends: those the server refused, and all of volumes that may only be looked at.
 * @param {string} person
 * @param {Set<string>} lookedAt volumes
 */
export function unsent(person, lookedAt) {
  return places(person).filter(({ name, volumeId }) => lookedAt.has(volumeId) || localStorage.getItem(name)?.startsWith(ASIDE_TEXT));
}

/** Slices are not wanted any more. @param {Place[]} slices */
export function discard(slices) {
  for (const { name } of slices) {
    localStorage.removeItem(name);
    own.delete(name);
  }
}

/**
 * Backups of a volume; broken ones are dropped.
 *
 * @param {string} volumeId
 * @param {string} [person] whose they are, beside those of earlier versions, which are nobody's; else everyone's
 */
export function recall(volumeId, person) {
  /** @type {(Kept & { plane: PlaneName, index: number })[]} */
  const found = [];
  for (const { name, plane, index } of places(person).filter((place) => place.volumeId === volumeId)) {
    try {
      const text = localStorage.getItem(name) ?? "";
      const { runs, length, state, base, paintedWith, notes } = JSON.parse(text);
      found.push({ plane, index, labels: decodeRuns(runs, length), state, base, ...(paintedWith && { paintedWith }), ...(notes && { notes }) });
      own.set(name, text);
    } catch {
      localStorage.removeItem(name);
    }
  }
  return found;
}

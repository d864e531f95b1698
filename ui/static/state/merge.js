/** A slice in two versions: the server's newer one, and what was painted here on top of the older one. */

/** @import { Content, Slice } from "./annotations.js" */

/**
 * Put what this page changed since `base` over `incoming`. A cell that was painted here shows what it shows here, every
 * other one what the incoming version holds. What was interpolated is never mixed with what a person painted: that stands,
 * also where the other side withdrew what was interpolated.
 *
 * @param {Content} base
 * @param {Content} local the slice here; its labels are changed in place
 * @param {Content} incoming the newer version; all three have rows x columns cells
 * @returns {boolean} whether any cell here changed
 */
export function rebase(base, local, incoming) {
  const untouched = local.state === base.state && isSame(local.labels, base.labels);
  const withdrawn = base.state === "interpolated" ? "cleared" : "";
  const [here, there] = [local.state, incoming.state].map((state) => state === "interpolated" || state === withdrawn);
  if (untouched || (here && !there && incoming.state !== "cleared")) return takeOver(local, incoming);
  if (there && !here && local.state !== "cleared") return false;
  return mix(base, local, incoming);
}

/** @param {Uint8Array} a @param {Uint8Array} b */
const isSame = (a, b) => a.every((value, at) => value === b[at]);

/** @param {Content} local @param {Content} incoming */
function takeOver(local, incoming) {
  const changed = !isSame(local.labels, incoming.labels);
  local.labels.set(incoming.labels);
  local.state = incoming.state;
  return changed;
}

/** @param {Content} base @param {Content} local @param {Content} incoming */
function mix(base, local, incoming) {
  let changed = false;
  let painted = false;
  for (let at = 0; at < local.labels.length; at++) {
    if (local.labels[at] === base.labels[at] && local.labels[at] !== incoming.labels[at]) {
      local.labels[at] = incoming.labels[at];
      changed = true;
    }
    painted ||= local.labels[at] !== 0;
  }
  if (painted) local.state = local.state === "interpolated" && incoming.state !== "painted" ? "interpolated" : "painted";
  else if (local.state === base.state) local.state = incoming.state;
  else if (local.state === "painted") local.state = "cleared";
  return changed;
}

/**
 * Take a newer version from the server into a slice. A stroke that is being painted stays, and undoing it later brings
 * the newer version back, not the older one.
 *
 * @param {Slice} slice
 * @param {Content & { version: number }} incoming
 * @param {Content} base what the server had from this page when the incoming version was made of it
 * @returns {boolean} whether any cell here changed
 */
export function takeVersion(slice, incoming, base) {
  if (slice.begun) rebase(base, slice.begun, incoming);
  const running = slice.begun ? "painted" : null; // commit decides the state of a slice that is being painted
  const changed = rebase(base, slice, incoming);
  if (running) slice.state = running;
  slice.version = Math.max(slice.version, incoming.version);
  slice.values = null;
  return changed;
}

/**
 * One painted slice on its way to the server. The server merges by cells when another window saved the slice since the
 * version this one is based on; the answer then names a version that this page has to take in.
 */
import { copied, settled } from "../state/annotations.js";
import { takeVersion } from "../state/merge.js";
import { NO_NOTES, originHeader } from "../state/origin_notes.js";
import { sliceName } from "../state/pictures.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/** @import { Label, PlaneName, SavedAnnotation, SliceState } from "../api/types.d.ts" */
/** @import { AppState } from "../state/types.d.ts" */
/** @import { Content, Slice } from "../state/annotations.js" */

/** @typedef {{ volumeId: string, plane: PlaneName, index: number }} SliceAddress */
/** @typedef {{ body: Uint8Array | ArrayBuffer, headers: Record<string, string>, keepalive?: boolean }} SliceBody */
/**
 * @typedef {object} SliceServer What of the API saving needs.
 * @property {(id: string, plane: PlaneName, index: number, request: SliceBody) => Promise<SavedAnnotation>} putSlice
 * @property {(id: string, plane: PlaneName, index: number, version?: number | null) => Promise<Content & { version: number }>} annotationVersion
 */

/**
 * @typedef {object} SaveOutcome
 * @property {boolean} merged another window had saved the slice too
 * @property {number} conflictingCells cells that both painted, this page's were kept
 * @property {boolean} gaveWay nothing of this page's was kept: a person reviewed there what was only interpolated here
 * @property {boolean} changed cells here are now others
 */

export class SliceUpload {
  /** @type {Content | null} What was sent last without an answer: the server may hold it or not. */
  #unanswered = null;
  /** @type {Map<number, Label>} by value: the project's labels while it was painted; another window may delete one since */
  #labels = new Map();

  /**
   * @param {SliceServer} server
   * @param {SliceAddress} address
   * @param {Slice} slice replaced when its volume is opened again
   */
  constructor(server, address, slice) {
    this.server = server;
    this.address = address;
    this.slice = slice;
  }

  /**
   * The slice was changed.
   *
   * @param {Slice} slice
   * @param {Label[]} labels of the project
   */
  edited(slice, labels) {
    this.slice = slice;
    for (const label of labels) this.#labels.set(label.value, label);
  }

  /** The labels that the slice holds, as they were while it was painted. */
  get paintedWith() {
    const contents = [settled(this.slice), this.slice];
    return [...this.#labels.values()].filter(({ value }) => contents.some(({ labels }) => labels.includes(value)));
  }

  /**
   * Send the slice as it is now, without a stroke that is going on, and bring its version up to date.
   *
   * @param {{ leaving?: boolean }} [options] `leaving`: the page goes away, the request must leave in this very turn
   * @returns {Promise<SaveOutcome>}
   */
  async send({ leaving = false } = {}) {
    if (!leaving) await this.#settle();
    const sent = copied(settled(this.slice));
    const { slice } = this;
    const { notes } = slice;
    const answer = await this.#put(sent, notes, leaving);
    if (slice.notes === notes) slice.notes = NO_NOTES;
    if (!answer.merged) {
      this.slice.version = Math.max(this.slice.version, answer.version);
      this.slice.savedAt = answer.saved_at;
      return { merged: false, conflictingCells: 0, gaveWay: false, changed: false };
    }
    const changed = takeVersion(this.slice, await this.#fetch(answer.version), sent);
    return { merged: true, conflictingCells: answer.conflicting_cells, gaveWay: answer.gave_way, changed };
  }

  /**
   * @param {Content} sent
   * @param {Slice["notes"]} notes
   * @param {boolean} leaving
   */
  async #put(sent, notes, leaving) {
    const { volumeId, plane, index } = this.address;
    /** @type {Record<string, string>} */
    const headers = { "X-Base-Version": String(this.slice.version), "X-State": sent.state };
    const origin = originHeader(notes);
    if (origin) headers["X-Origin"] = origin;
    try {
      const { body, encoding } = leaving ? { body: sent.labels, encoding: null } : await compress(sent.labels);
      if (encoding) headers["Content-Encoding"] = encoding;
      const answer = await this.server.putSlice(volumeId, plane, index, { body, headers, keepalive: leaving });
      this.#unanswered = null;
      return answer;
    } catch (error) {
      if (mayHaveArrived(error)) this.#unanswered = sent;
      throw error;
    }
  }

  /**
   * A save without an answer may have been stored. Before something else is sent the server is asked: were the base too
   * old, cells undone since would count as unchanged, and what was undone would come back as if another window had painted it.
   */
  async #settle() {
    const sent = this.#unanswered;
    if (!sent || isSame(sent, settled(this.slice))) return; // the same bytes again are recognised by the server
    const latest = await this.#latest();
    if (latest && isSame(sent, latest)) this.slice.version = Math.max(this.slice.version, latest.version);
    this.#unanswered = null;
  }

  /** The server's version of the slice, null when it has none. */
  async #latest() {
    try {
      return await this.#fetch(null);
    } catch (error) {
      if (/** @type {{ status?: number }} */ (error).status === 404) return null;
      throw error;
    }
  }

  /** @param {number | null} version null: the latest */
  #fetch(version) {
    const { volumeId, plane, index } = this.address;
    return this.server.annotationVersion(volumeId, plane, index, version);
  }
}

/**
 * What came of a slice that another window saved, too.
 *
 * @param {SliceUpload} upload
 * @param {SaveOutcome} outcome
 * @param {Pick<AppState, "volumes">} state
 */
export function mergeText({ address, slice }, { conflictingCells, gaveWay }, { volumes }) {
  const volume = volumes.find(({ id }) => id === address.volumeId);
  if (gaveWay) {
    // What was interpolated here, or no longer, a person reviewed elsewhere.
    const name = sliceName({ volume }, address.index);
    return slice.state === "empty" ? t("slices.merge.emptyElsewhere", { slice: name }) : t("slices.merge.paintedElsewhere", { slice: name });
  }
  const kind = sliceKind({ volume });
  return conflictingCells ? t(`slices.merge.${kind}.conflicts`, { count: conflictingCells }) : t(`slices.merge.${kind}.both`);
}

/** @param {unknown} error */
function mayHaveArrived(error) {
  const { status } = /** @type {{ status?: number }} */ (error);
  return !status || status >= 500;
}

/** @param {Content} a @param {Content} b */
const isSame = (a, b) => a.state === b.state && a.labels.every((value, at) => value === b.labels[at]);

/**
 * @param {Uint8Array} labels
 * @returns {Promise<{ body: Uint8Array | ArrayBuffer, encoding: string | null }>}
 */
async function compress(labels) {
  if (typeof CompressionStream === "undefined") return { body: labels, encoding: null };
  const stream = new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (labels)]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), encoding: "gzip" };
}

/** The versions of the slice on screen: listed, fetched as they are looked at, and restored as one step that undo takes back. */
import { editBlocker } from "../state/access.js";
import { sliceKind, sliceOnScreen } from "../state/slices.js";
import { withoutDeleted } from "../state/versions.js";
import { t } from "../words/index.js";
import { attempt } from "./notify.js";

/**
 * @import { PlaneName, SliceVersion } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @typedef {{volumeId: string, plane: PlaneName, index: number}} SliceAddress
 */

export class SliceVersionController {
  /** @type {Map<string, Promise<Uint8Array>>} label maps by address and version: a version never changes */
  #fetched = new Map();

  /**
   * @param {Store} store
   * @param {{
   *   server: Pick<import("./server.js").Server, "annotationVersions" | "annotationVersion">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   saver: Pick<import("./autosave.js").Saver, "flush">,
   *   edits: Pick<import("../tools/edits.js").Edits, "change">,
   * }} parts
   */
  constructor(store, { server, notify, saver, edits }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    this.edits = edits;
    store.on("annotations", () => this.#fetched.clear(), { now: false });
  }

  /**
   * The slice on screen and its versions, the newest first; what is painted is saved before.
   * @returns {Promise<{address: SliceAddress, versions: SliceVersion[]} | null>} null when there is no slice, or it failed, which was told
   */
  async list() {
    const { volume, annotations } = this.store.state;
    if (!volume || !annotations) return null;
    const address = { volumeId: volume.id, plane: annotations.plane, index: sliceOnScreen(this.store.state) };
    return attempt(this.notify, async () => {
      await this.saver.flush(volume.id);
      return { address, versions: await this.server.annotationVersions(volume.id, address.plane, address.index) };
    });
  }

  /**
   * The label values of a version, rows x columns as displayed; version 0 is blank.
   * @param {SliceAddress} address
   * @param {number} version
   * @returns {Promise<Uint8Array>}
   */
  labels({ volumeId, plane, index }, version) {
    if (!version) return Promise.resolve(new Uint8Array(this.store.state.annotations?.cells ?? 0));
    const key = `${volumeId}/${plane}/${index}/${version}`;
    const found = this.#fetched.get(key) ?? this.server.annotationVersion(volumeId, plane, index, version).then(({ labels }) => labels);
    this.#fetched.set(key, found);
    found.catch(() => this.#fetched.delete(key)); // asked for again
    return found;
  }

  /**
   * Make a version the slice as it is now, as a new version.
   * @param {SliceAddress} address
   * @param {SliceVersion} version
   * @returns {Promise<boolean>} whether the slice changed
   */
  async restore(address, { version, state }) {
    const labels = await attempt(this.notify, () => this.labels(address, version));
    const { volume, annotations } = this.store.state;
    if (!labels || volume?.id !== address.volumeId || annotations?.plane !== address.plane) return false;
    const blocker = editBlocker(this.store.state);
    if (blocker) {
      this.notify.say(t("page.sentence", { text: blocker }), { place: "undo" });
      return false;
    }
    const changed = this.edits.change(t("slices.step.restore", { version }), [{ index: address.index, labels: withoutDeleted(labels, this.store.state.labels), state, from: { version } }]) > 0;
    if (!changed) this.notify.say(t(`slices.history.${sliceKind(this.store.state)}.like`), { place: "undo" });
    return changed;
  }
}

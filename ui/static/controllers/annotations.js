/**
 * Painted slices from the server into the store: all of a volume's plane when it is opened, newer versions into the open
 * book later. Strokes that are not saved yet stay in each case.
 */
import { mayPaint } from "../state/access.js";
import { AnnotationBook, copied, settled } from "../state/annotations.js";
import { takeVersion } from "../state/merge.js";
import { restoreUnsaved } from "./restore.js";
import { onReturn } from "./on_return.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/** @import { Annotation } from "../api/types.d.ts" */
/** @import { Content, Slice } from "../state/annotations.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Saver } from "./autosave.js" */
/** @import { Notify, PaintingServer } from "./contract.js" */
/** @typedef {Content & { version: number }} Version */

export class AnnotationsController {
  /** @type {Promise<void> | null} */
  #catchingUp = null;
  #imports = 0;
  #forNobody = false; // slices came before it was known who is logged in, so whose strokes are to be restored

  /**
   * @param {Store} store
   * @param {{ server: PaintingServer, notify: Notify, saver: Saver, page?: Pick<Window, "addEventListener"> }} parts `page` tells of being looked at again
   */
  constructor(store, { server, notify, saver, page = globalThis.window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.saver = saver;
    onReturn(page, () => this.catchUp());
    store.on("login", () => void (this.#forNobody && this.load().catch(() => {})), { now: false });
  }

  /** Painted slices of the annotation plane from the server, then this browser's unsaved ones over them. */
  async load() {
    const { volume, voxels, plane } = this.store.state;
    if (!volume || !voxels) return;
    const isOpen = () => this.store.state.voxels === voxels && this.store.state.plane === plane;
    const book = new AnnotationBook(voxels.shape, plane);
    const entries = (await this.server.annotations(volume.id)).filter((entry) => entry.plane === plane);
    await Promise.all(entries.map(async (entry) => Object.assign(book.ensure(entry.slice_index), await this.#version(book, volume.id, entry), { savedAt: entry.saved_at })));
    if (!isOpen()) return;
    this.#forNobody = Boolean(this.store.state.system?.auth && !this.store.state.login);
    const restored = mayPaint(this.store.state) ? restoreUnsaved(book, volume.id, this.saver, this.store.state.login?.name) : 0;
    this.store.set({ annotations: book });
    this.store.emit("annotations-loaded");
    if (restored) this.notify.say(t(`status.notices.restored.${sliceKind(this.store.state)}`, { count: restored }), { kind: "success" });
  }

  /** The volume is left, or painted in another plane from now on. An outline on screen is still painted on its slices. */
  close() {
    this.store.emit("take-outline");
    this.store.set({ annotations: null });
    this.store.emit("annotations-loaded");
  }

  /** Take what is newer on the server into the open book. */
  async refresh() {
    const { volume, annotations: book } = this.store.state;
    if (!volume || !book) return;
    const entries = (await this.server.annotations(volume.id)).filter((entry) => entry.plane === book.plane);
    const newer = entries.filter((entry) => entry.version > (book.get(entry.slice_index)?.version ?? 0));
    await Promise.all(newer.map((entry) => this.#takeIn(book, volume.id, entry)));
    if (this.store.state.annotations !== book || !newer.length) return;
    for (const { slice_index: index } of newer) this.store.emit("painted", book.box(index, book.everything));
    this.store.emit("annotations-loaded");
    const values = newer.flatMap(({ slice_index: index }) => book.values(index));
    this.store.emit("slice-merged", { volumeId: volume.id, labels: Uint8Array.from(values) });
  }

  /** Take in what other windows saved meanwhile. Where the server is away nothing is said: saving does, when there is need. */
  catchUp() {
    if (this.#imports) return Promise.resolve(); // it takes them in when it is done, and their labels first
    this.#catchingUp ??= this.refresh()
      .catch(() => {})
      .finally(() => (this.#catchingUp = null));
    return this.#catchingUp;
  }

  /**
   * Import while painting goes on: what is painted is saved first; strokes made meanwhile are saved afterwards, on top of
   * what came in.
   *
   * @template T
   * @param {string} volumeId
   * @param {() => Promise<T>} importSlices
   * @param {(answer: T) => Promise<void>} [prepare] runs before the slices are shown
   * @returns {Promise<T>} what `importSlices` answered
   */
  async whileImporting(volumeId, importSlices, prepare = async () => {}) {
    await this.saver.flush(volumeId);
    const release = this.saver.hold(volumeId);
    this.#imports += 1;
    try {
      const answer = await importSlices();
      await prepare(answer);
      if (this.store.state.volume?.id === volumeId) await this.refresh();
      return answer;
    } finally {
      this.#imports -= 1;
      release();
    }
  }

  /**
   * @param {AnnotationBook} book
   * @param {string} volumeId
   * @param {Annotation} entry
   */
  async #takeIn(book, volumeId, entry) {
    const slice = book.ensure(entry.slice_index);
    // Read now: a stroke that ends while versions travel must not count as saved.
    const base = this.saver.isUnsaved(volumeId, book.plane, entry.slice_index) ? this.#saved(book, volumeId, entry, slice.version) : copied(settled(slice));
    const [incoming, begunOn] = [await this.#version(book, volumeId, entry), await base];
    if (incoming.version <= slice.version) return; // a save that ended meanwhile has taken it in
    takeVersion(slice, incoming, begunOn);
    slice.savedAt = entry.saved_at;
  }

  /**
   * The version of a slice that unsaved strokes were painted on.
   *
   * @param {AnnotationBook} book
   * @param {string} volumeId
   * @param {Annotation} entry
   * @param {number} version
   * @returns {Promise<Content>}
   */
  async #saved(book, volumeId, { plane, slice_index: index }, version) {
    if (!version) return { labels: new Uint8Array(book.cells), state: "cleared" };
    return this.server.annotationVersion(volumeId, plane, index, version);
  }

  /**
   * The server's latest version of a slice. One without labels needs no request.
   *
   * @param {AnnotationBook} book
   * @param {string} volumeId
   * @param {Annotation} entry
   * @returns {Promise<Version>}
   */
  async #version(book, volumeId, { plane, slice_index: index, state, version }) {
    if (state !== "painted" && state !== "interpolated") return { labels: new Uint8Array(book.cells), state, version };
    return this.server.annotationVersion(volumeId, plane, index);
  }
}

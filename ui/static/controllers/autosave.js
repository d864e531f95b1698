/**
 * Autosave. Every edited slice is PUT within a second, one request per slice at a time, newest bytes win; failures
 * are retried with growing pauses; until the server has confirmed, the slice is backed up in this browser.
 */
import { api, isBusy } from "../api/client.js";
import { toast } from "../lib/toast.js";
import { forget, keep } from "./backup.js";

const DEBOUNCE_MS = 250;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

export class Saver {
  #items = new Map(); // "volume/plane/index" -> {volumeId, plane, index, slice, serial, sending, tries, timer}
  #idle = [];

  constructor(store) {
    this.store = store;
    addEventListener("online", () => this.#retryAll());
    addEventListener("pagehide", () => this.#flushOnLeave());
    document.addEventListener("visibilitychange", () => document.hidden && this.#flushOnLeave());
  }

  /** Save a slice's record {labels, state, version}; it is read again when the request leaves. */
  enqueue(volumeId, plane, index, slice, { delayMs = DEBOUNCE_MS } = {}) {
    const key = `${volumeId}/${plane}/${index}`;
    const item = this.#items.get(key) ?? { key, volumeId, plane, index, serial: 0, saved: 0, sending: false, tries: 0 };
    item.slice = slice;
    item.serial += 1;
    this.#items.set(key, item);
    this.#backUp(item);
    this.#schedule(item, item.tries ? RETRY_MS[0] : delayMs);
    this.#report();
  }

  /** True when leaving the page would lose a stroke: not on the server and not in this browser's storage. */
  get atRisk() {
    return [...this.#items.values()].some((item) => !item.backedUp);
  }

  /** Resolves when a volume's slices are on the server; rejects with the last error when the server stays away. */
  flush(volumeId) {
    if (!this.#waiting(volumeId)) return Promise.resolve();
    this.#retryAll();
    return new Promise((resolve, reject) => this.#idle.push({ volumeId, resolve, reject }));
  }

  #waiting(volumeId) {
    return [...this.#items.values()].some((item) => item.volumeId === volumeId);
  }

  /** Take out those who wait for a volume. */
  #waiters(volumeId) {
    const mine = this.#idle.filter((each) => each.volumeId === volumeId);
    this.#idle = this.#idle.filter((each) => each.volumeId !== volumeId);
    return mine;
  }

  #drop(item) {
    clearTimeout(item.timer);
    this.#items.delete(item.key);
    if (!this.#waiting(item.volumeId)) this.#waiters(item.volumeId).forEach(({ resolve }) => resolve());
  }

  #schedule(item, delayMs) {
    clearTimeout(item.timer);
    item.timer = setTimeout(() => this.#send(item), delayMs);
  }

  #retryAll() {
    for (const item of this.#items.values()) this.#schedule(item, 0);
  }

  async #send(item) {
    if (item.sending) return; // the running request's end sends again when needed
    item.sending = true;
    const serial = item.serial;
    const { slice } = item;
    this.#report();
    try {
      const headers = { "X-Base-Version": String(slice.version), "X-State": slice.state };
      const { body, encoding } = await compress(slice.labels);
      if (encoding) headers["Content-Encoding"] = encoding;
      const { version } = await api.putSlice(item.volumeId, item.plane, item.index, { body, headers });
      slice.version = version;
      this.#saved(item, serial);
    } catch (error) {
      item.sending = false;
      await this.#failed(item, error);
    }
    this.#report();
  }

  #saved(item, serial) {
    item.sending = false;
    item.tries = 0;
    this.store.set({ online: true });
    this.store.emit("slice-saved", { volumeId: item.volumeId, plane: item.plane, index: item.index });
    if (item.serial !== serial) {
      this.#backUp(item); // newer strokes, on top of the version that was just saved
      return this.#schedule(item, 0);
    }
    forget(item.volumeId, item.plane, item.index);
    this.#drop(item);
  }

  #backUp(item) {
    const { labels, state, version: base } = item.slice;
    item.backedUp = keep(item.volumeId, item.plane, item.index, { labels, state, base });
  }

  async #failed(item, error) {
    if (error.code === "conflict" && Number.isInteger(error.detail.version)) {
      // What is on this screen wins; the server keeps the other version.
      item.slice.version = error.detail.version;
      toast("This slice was also changed in another window; what you see here was saved over it.");
      return this.#schedule(item, 0);
    }
    if (error.code === "unknown_label" && (await dropDeletedLabels(item, this.store))) {
      this.#backUp(item);
      return this.#schedule(item, 0);
    }
    if (error.status === 404) {
      toast(error.message, { kind: "error" }); // the volume is gone; if it comes back, so do the strokes
      return this.#drop(item);
    }
    const permanent = error.status >= 400 && error.status < 500 && error.status !== 408 && !isBusy(error);
    // Such as a full disk: people can do something about it, so they are told, once.
    const unexpected = error.status >= 500 && !isBusy(error) && !item.tries;
    if (permanent || unexpected) toast(error.message, { kind: "error" });
    if (!permanent) this.store.set({ online: false, busy: Boolean(error.status) });
    this.#waiters(item.volumeId).forEach(({ reject }) => reject(error));
    this.#schedule(item, RETRY_MS[Math.min(item.tries++, RETRY_MS.length - 1)]);
  }

  /** Last chance when the page goes away: small bodies survive with keepalive, the rest is in the backup. */
  #flushOnLeave() {
    for (const item of this.#items.values()) {
      if (item.sending || item.slice.labels.length > 60000) continue;
      const headers = { "X-Base-Version": String(item.slice.version), "X-State": item.slice.state };
      const { volumeId, plane, index, slice } = item;
      api.putSlice(volumeId, plane, index, { body: slice.labels, headers, keepalive: true }).then(
        ({ version }) => Object.assign(slice, { version }),
        () => {},
      );
    }
  }

  #report() {
    const items = [...this.#items.values()];
    const state = !items.length ? "saved" : items.some((item) => item.tries) ? "offline" : "saving";
    this.store.set({ saving: { state, count: items.length, backedUp: items.every((item) => item.backedUp) } });
  }
}

/**
 * Cells of labels that the project no longer has become background: a prediction, an undo or another window can bring
 * them back after the label was deleted. False when there were none, or the server stays away.
 */
async function dropDeletedLabels({ volumeId, slice }, store) {
  let project;
  try {
    project = await api.project((await api.volume(volumeId)).project_id);
  } catch {
    return false;
  }
  const known = new Set([0, ...project.labels.map(({ value }) => value)]);
  const unknown = slice.labels.some((value) => !known.has(value));
  slice.labels.forEach((value, at) => known.has(value) || (slice.labels[at] = 0));
  slice.values = null; // which labels it holds is counted again
  if (store.state.project?.id === project.id) store.set({ labels: project.labels });
  return unknown;
}

async function compress(labels) {
  if (typeof CompressionStream === "undefined") return { body: labels.slice(), encoding: null };
  const stream = new Blob([labels]).stream().pipeThrough(new CompressionStream("gzip"));
  return { body: await new Response(stream).arrayBuffer(), encoding: "gzip" };
}

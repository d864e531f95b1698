/**
 * Autosave. Every edited slice is PUT within a second, one request per slice at a time, newest bytes win; failures are
 * retried with growing pauses; until the server has confirmed, the slice is backed up in this browser.
 */
import { forget, keep } from "./backup.js";
import { mendLabels } from "./deleted_labels.js";
import { ApiError, isBusy } from "../api/client.js";
import { ErrorCode } from "../api/contract.js";
import { mergeText, SliceUpload } from "./slice_upload.js";
import { settled } from "../state/annotations.js";

/** @import { Label, PlaneName } from "../api/types.d.ts" */
/** @import { Slice } from "../state/annotations.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Notify, PaintingServer } from "./contract.js" */
/**
 * @typedef {object} Item A slice the server has not confirmed.
 * @property {string} key
 * @property {string} volumeId
 * @property {PlaneName} plane
 * @property {number} index
 * @property {SliceUpload} upload
 * @property {number} serial counts its edits
 * @property {boolean} sending
 * @property {number} tries that failed in a row
 * @property {boolean} backedUp
 * @property {ReturnType<typeof setTimeout> | undefined} timer
 */
/** @typedef {{ volumeId: string, resolve: () => void, reject: (error: unknown) => void }} Waiter */

const DEBOUNCE_MS = 250;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const LARGEST_ON_LEAVING = 60000; // bytes: browsers let little go out after a page went away

export class Saver {
  /** @type {Map<string, Item>} by "volume/plane/index" */
  #items = new Map();
  /** @type {Waiter[]} */
  #waiters = [];
  /** @type {Set<string>} volumes whose slices wait for an import */
  #held = new Set();

  /**
   * @param {Store} store
   * @param {object} parts
   * @param {PaintingServer} parts.server
   * @param {Notify} parts.notify
   * @param {Pick<Window, "addEventListener">} [parts.page] tells of going offline, hiding and leaving
   */
  constructor(store, { server, notify, page = window }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    page.addEventListener("online", () => this.retry());
    page.addEventListener("pagehide", () => this.#flushOnLeave());
    page.addEventListener("visibilitychange", () => document.hidden && this.#flushOnLeave()); // bubbles to the window
  }

  /**
   * Save a slice's record; it is read again when the request leaves.
   * @param {string} volumeId
   * @param {PlaneName} plane
   * @param {number} index
   * @param {Slice} slice
   * @param {{ delayMs?: number, paintedWith?: Label[] }} [options] `paintedWith`: its labels, where the project may no longer have them
   */
  enqueue(volumeId, plane, index, slice, { delayMs = DEBOUNCE_MS, paintedWith = [] } = {}) {
    const key = `${volumeId}/${plane}/${index}`;
    const item = this.#items.get(key) ?? this.#newItem(key, { volumeId, plane, index }, slice);
    item.upload.edited(slice, [...paintedWith, ...this.store.state.labels]);
    item.serial += 1;
    this.#backUp(item);
    this.#schedule(item, item.tries ? RETRY_MS[0] : delayMs);
    this.#report();
  }

  /**
   * @param {string} key
   * @param {import("./slice_upload.js").SliceAddress} address
   * @param {Slice} slice
   * @returns {Item}
   */
  #newItem(key, address, slice) {
    const upload = new SliceUpload(this.server, address, slice);
    const item = { key, ...address, upload, serial: 0, sending: false, tries: 0, backedUp: false, timer: undefined };
    this.#items.set(key, item);
    return item;
  }

  /** True when leaving the page would lose a stroke: not on the server and not in this browser's storage. */
  get atRisk() {
    return [...this.#items.values()].some((item) => !item.backedUp);
  }

  /**
   * Whether the server has not confirmed a slice.
   * @param {string} volumeId
   * @param {PlaneName} plane
   * @param {number} index
   */
  isUnsaved(volumeId, plane, index) {
    return this.#items.has(`${volumeId}/${plane}/${index}`);
  }

  /**
   * Resolves when a volume's slices are on the server; rejects with the last error when the server stays away.
   * @param {string} volumeId
   * @returns {Promise<void>}
   */
  flush(volumeId) {
    if (!this.#isWaiting(volumeId)) return Promise.resolve();
    this.retry();
    return new Promise((resolve, reject) => this.#waiters.push({ volumeId, resolve, reject }));
  }

  /**
   * Keep a volume's slices here until the function that is returned is called: what is imported meanwhile would be put
   * over them.
   * @param {string} volumeId
   * @returns {() => void}
   */
  hold(volumeId) {
    this.#held.add(volumeId);
    return () => {
      this.#held.delete(volumeId);
      for (const item of this.#items.values()) if (item.volumeId === volumeId) this.#schedule(item, 0);
    };
  }

  /** Send no more of volumes: what is not saved stays in this browser alone. @param {string[]} volumeIds */
  setAside(volumeIds) {
    for (const item of this.#items.values()) if (volumeIds.includes(item.volumeId)) this.#setAside(item);
    this.#report();
  }

  /** @param {Item} item */
  #setAside(item) {
    this.#backUp(item, true);
    this.#drop(item);
    this.store.emit("set-aside");
  }

  /** @param {string} volumeId */
  #isWaiting(volumeId) {
    return [...this.#items.values()].some((item) => item.volumeId === volumeId);
  }

  /** Take out those who wait for a volume. @param {string} volumeId */
  #takeWaiters(volumeId) {
    const mine = this.#waiters.filter((each) => each.volumeId === volumeId);
    this.#waiters = this.#waiters.filter((each) => each.volumeId !== volumeId);
    return mine;
  }

  /** @param {Item} item */
  #drop(item) {
    clearTimeout(item.timer);
    this.#items.delete(item.key);
    if (!this.#isWaiting(item.volumeId)) this.#takeWaiters(item.volumeId).forEach(({ resolve }) => resolve());
  }

  /**
   * @param {Item} item
   * @param {number} delayMs
   */
  #schedule(item, delayMs) {
    clearTimeout(item.timer);
    if (!this.#held.has(item.volumeId)) item.timer = setTimeout(() => this.#send(item), delayMs);
  }

  /** Send again what the server has not confirmed. */
  retry() {
    for (const item of this.#items.values()) this.#schedule(item, 0);
  }

  /**
   * @param {Item} item
   * @param {{ leaving?: boolean }} [options]
   */
  async #send(item, { leaving = false } = {}) {
    if (item.sending) return; // the running request's end sends again when needed
    if (this.store.state.loggedOut) return this.#waitForLogin(item);
    item.sending = true;
    const { serial } = item;
    this.#report();
    try {
      const outcome = await item.upload.send({ leaving });
      if (outcome.merged) this.#tellOfMerge(item, outcome);
      this.#saved(item, serial);
    } catch (error) {
      item.sending = false;
      await this.#failed(item, /** @type {ApiError} */ (error));
    }
    this.#report();
  }

  /**
   * @param {Item} item
   * @param {number} serial of the edit that was sent
   */
  #saved(item, serial) {
    const { volumeId, plane, index } = item;
    item.sending = false;
    item.tries = 0;
    this.store.set({ online: true });
    if (item.serial === serial) {
      forget(volumeId, plane, index, this.store.state.login?.name);
      this.#drop(item);
    } else {
      this.#backUp(item); // newer strokes, on top of the version that was just saved
      this.#schedule(item, 0);
    }
    this.store.emit("slice-saved", { volumeId, plane, index });
  }

  /**
   * @param {Item} item
   * @param {import("./slice_upload.js").SaveOutcome} outcome
   */
  #tellOfMerge(item, outcome) {
    const { annotations } = this.store.state;
    if (outcome.changed && annotations?.get(item.index) === item.upload.slice) {
      this.store.emit("painted", annotations.box(item.index, annotations.everything));
      this.store.emit("annotations-loaded");
    }
    this.store.emit("slice-merged", { volumeId: item.volumeId, labels: item.upload.slice.labels });
    this.notify.say(mergeText(item.upload, outcome), outcome.gaveWay ? { place: "gave way" } : {});
  }

  /** Nothing is sent until the same person is logged in again: to another one the volume would not exist. @param {Item} item */
  #waitForLogin(item) {
    item.tries ||= 1;
    const error = new ApiError("You were logged out. Log in again; what you painted is kept.", 401, ErrorCode.LOGIN_REQUIRED);
    this.#takeWaiters(item.volumeId).forEach(({ reject }) => reject(error));
    this.#report();
  }

  /** @param {Item} item @param {boolean} [aside] */
  #backUp(item, aside = false) {
    const { slice, paintedWith } = item.upload;
    const kept = { ...settled(slice), base: slice.version, paintedWith };
    item.backedUp = keep(item.volumeId, item.plane, item.index, kept, this.store.state.login?.name, aside);
  }

  /** @param {Item} item @param {ApiError} error */
  async #failed(item, error) {
    if (this.#items.get(item.key) !== item) return; // it was set aside meanwhile
    const [{ slice }, { version }] = [item.upload, error.detail];
    if (error.code === ErrorCode.LOGIN_REQUIRED) return this.#waitForLogin(item);
    if (error.code === "conflict" && typeof version === "number") {
      // The server does not know the base, so nothing can be merged: what is on this screen wins, both versions stay.
      slice.version = version;
      this.notify.say("This slice was also changed in another window; what you see here was saved over it.");
      return this.#schedule(item, 0);
    }
    if (error.code === ErrorCode.UNKNOWN_LABEL) return this.#mendLabels(item);
    if (error.status === 404) {
      this.notify.say(error.message, { kind: "error", place: "access" }); // the volume is gone; if it comes back, so do the strokes
      this.#setAside(item);
    } else this.#retryLater(item, error);
    if (error.status === 404 || error.code === ErrorCode.FORBIDDEN) this.store.emit("refused");
  }

  /** @param {Item} item */
  async #mendLabels(item) {
    try {
      const mended = await mendLabels(item.upload, this);
      if (this.#items.get(item.key) !== item) return; // it was set aside meanwhile
      this.#backUp(item);
      this.#schedule(item, mended ? 0 : RETRY_MS[0]);
    } catch (error) {
      await this.#failed(item, /** @type {ApiError} */ (error));
    }
  }

  /** @param {Item} item @param {ApiError} error */
  #retryLater(item, error) {
    const permanent = error.status >= 400 && error.status < 500 && error.status !== 408 && !isBusy(error);
    // Such as a full disk: people can do something about it, so they are told, once.
    const unexpected = error.status >= 500 && !isBusy(error) && !item.tries;
    if (permanent || unexpected) this.notify.say(error.message, { kind: "error", place: error.code === ErrorCode.FORBIDDEN ? "access" : undefined });
    if (!permanent) this.store.set({ online: false, busy: Boolean(error.status) });
    this.#takeWaiters(item.volumeId).forEach(({ reject }) => reject(error));
    this.#schedule(item, RETRY_MS[Math.min(item.tries++, RETRY_MS.length - 1)]);
  }

  /** Last chance when the page goes away: small bodies survive with keepalive, the rest is in the backup. */
  #flushOnLeave() {
    for (const item of this.#items.values()) {
      if (item.upload.slice.labels.length <= LARGEST_ON_LEAVING) this.#send(item, { leaving: true });
    }
  }

  #report() {
    const items = [...this.#items.values()];
    const state = !items.length ? "saved" : items.some((item) => item.tries) ? "offline" : "saving";
    this.store.set({ saving: { state, count: items.length, backedUp: items.every((item) => item.backedUp) } });
  }
}

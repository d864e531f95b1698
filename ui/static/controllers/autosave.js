/**
 * Autosave. Every edited slice is PUT within a second, one request per slice at a time, newest bytes win; failures are
 * retried with growing pauses; until the server has confirmed, the slice is backed up in this browser.
 */
import { mendLabels } from "./deleted_labels.js";
import { ApiError, isBusy } from "../api/client.js";
import { ErrorCode } from "../api/contract.js";
import { mergeText } from "./slice_upload.js";
import { UnsavedSlice } from "./unsaved_slice.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/** @import { Label, PlaneName } from "../api/types.d.ts" */
/** @import { Slice } from "../state/annotations.js" */
/** @import { Store } from "../state/store.js" */
/** @import { Notify, PaintingServer } from "./contract.js" */
/** @typedef {{ volumeId: string, resolve: () => void, reject: (error: unknown) => void }} Waiter */

const DEBOUNCE_MS = 250;
const RETRY_MS = [1000, 2000, 4000, 8000, 15000];
const LOOK_FOR_ROOM_MS = 15000;
const LARGEST_ON_LEAVING = 60000; // bytes: browsers let little go out after a page went away

export class Saver {
  /** @type {Map<string, UnsavedSlice>} by "volume/plane/index" */
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
    const key = keyOf({ volumeId, plane, index });
    const item = this.#items.get(key) ?? new UnsavedSlice(this.server, { volumeId, plane, index }, slice);
    this.#items.set(key, item);
    item.upload.edited(slice, [...paintedWith, ...this.store.state.labels]);
    item.serial += 1;
    item.refused = false;
    this.#backUp(item);
    this.#schedule(item, item.tries ? RETRY_MS[0] : delayMs);
    this.#report();
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
    return this.#items.has(keyOf({ volumeId, plane, index }));
  }

  /**
   * What the server refused and this browser has no room for, so that only this window has it.
   * @param {string} volumeId
   */
  refused(volumeId) {
    return [...this.#items.values()].filter((item) => item.refused && item.volumeId === volumeId).map(({ content }) => content);
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

  /** Send no more of volumes: what is not saved stays in this browser alone, or in this window where that has no room. @param {string[]} volumeIds */
  setAside(volumeIds) {
    for (const item of this.#items.values()) if (volumeIds.includes(item.volumeId)) this.#setAside(item);
  }

  /** Where this browser has no room for it, it stays here, and room is looked for now and then. @param {UnsavedSlice} item */
  #setAside(item) {
    item.refused = true;
    item.tries = 0;
    this.#backUp(item);
    if (item.backedUp) this.#drop(item);
    else this.#schedule(item, LOOK_FOR_ROOM_MS);
    this.#releaseWaiters(item.volumeId);
    this.#report();
    this.store.emit("set-aside");
  }

  /** @param {string} volumeId */
  #isWaiting(volumeId) {
    return [...this.#items.values()].some((item) => item.volumeId === volumeId && !item.refused);
  }

  /** Take out those who wait for a volume. @param {string} volumeId */
  #takeWaiters(volumeId) {
    const mine = this.#waiters.filter((each) => each.volumeId === volumeId);
    this.#waiters = this.#waiters.filter((each) => each.volumeId !== volumeId);
    return mine;
  }

  /** @param {UnsavedSlice} item */
  #drop(item) {
    clearTimeout(item.timer);
    this.#items.delete(keyOf(item));
    this.#releaseWaiters(item.volumeId);
  }

  /** Nothing more of a volume is on its way, if so. @param {string} volumeId */
  #releaseWaiters(volumeId) {
    if (!this.#isWaiting(volumeId)) this.#takeWaiters(volumeId).forEach(({ resolve }) => resolve());
  }

  /** @param {UnsavedSlice} item @param {number} delayMs */
  #schedule(item, delayMs) {
    clearTimeout(item.timer);
    if (!this.#held.has(item.volumeId)) item.timer = setTimeout(() => this.#send(item), delayMs);
  }

  /** Send again what the server has not confirmed. */
  retry() {
    for (const item of this.#items.values()) this.#schedule(item, 0);
  }

  /**
   * @param {UnsavedSlice} item
   * @param {{ leaving?: boolean }} [options]
   */
  async #send(item, { leaving = false } = {}) {
    if (item.refused) return this.#setAside(item);
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
   * @param {UnsavedSlice} item
   * @param {number} serial of the edit that was sent
   */
  #saved(item, serial) {
    const { volumeId, plane, index } = item;
    item.sending = false;
    item.tries = 0;
    this.store.set({ online: true });
    if (item.serial === serial) {
      item.forget(this.store.state.login?.name);
      this.#drop(item);
    } else {
      this.#backUp(item); // newer strokes, on top of the version that was just saved
      this.#schedule(item, 0);
    }
    this.store.emit("slice-saved", { volumeId, plane, index });
  }

  /**
   * @param {UnsavedSlice} item
   * @param {import("./slice_upload.js").SaveOutcome} outcome
   */
  #tellOfMerge(item, outcome) {
    const { annotations } = this.store.state;
    if (outcome.changed && annotations?.get(item.index) === item.upload.slice) {
      this.store.emit("painted", annotations.box(item.index, annotations.everything));
      this.store.emit("annotations-loaded");
    }
    this.store.emit("slice-merged", { volumeId: item.volumeId, labels: item.upload.slice.labels });
    this.notify.say(mergeText(item.upload, outcome, this.store.state), outcome.gaveWay ? { place: "gave-way" } : {});
  }

  /** Nothing is sent until the same person is logged in again: to another one the volume would not exist. @param {UnsavedSlice} item */
  #waitForLogin(item) {
    item.tries ||= 1;
    const error = new ApiError(t("status.notices.loggedOut"), 401, ErrorCode.LOGIN_REQUIRED);
    this.#takeWaiters(item.volumeId).forEach(({ reject }) => reject(error));
    this.#report();
  }

  /** @param {UnsavedSlice} item */
  #backUp(item) {
    item.backUp(this.store.state.login?.name);
  }

  /** @param {UnsavedSlice} item */
  #isSetAside(item) {
    return item.refused || this.#items.get(keyOf(item)) !== item;
  }

  /** @param {UnsavedSlice} item @param {ApiError} error */
  async #failed(item, error) {
    if (this.#isSetAside(item)) return;
    const [{ slice }, { version }] = [item.upload, error.detail];
    if (error.code === ErrorCode.LOGIN_REQUIRED) return this.#waitForLogin(item);
    if (error.code === "conflict" && typeof version === "number") {
      // The server does not know the base, so nothing can be merged: what is on this screen wins, both versions stay.
      slice.version = version;
      this.notify.say(t(`status.notices.overwritten.${sliceKind(this.store.state)}`));
      return this.#schedule(item, 0);
    }
    if (error.code === ErrorCode.UNKNOWN_LABEL) return this.#mendLabels(item);
    const isRefused = error.status === 404 || error.code === ErrorCode.FROZEN; // gone or frozen; if it comes back, so do the strokes
    if (isRefused) this.notify.say(error.message, { kind: "error", place: "access" });
    if (isRefused) this.#setAside(item);
    else this.#retryLater(item, error);
    if (isRefused || error.code === ErrorCode.FORBIDDEN) this.store.emit("refused");
  }

  /** @param {UnsavedSlice} item */
  async #mendLabels(item) {
    try {
      const mended = await mendLabels(item.upload, this);
      if (this.#isSetAside(item)) return;
      this.#backUp(item);
      this.#schedule(item, mended ? 0 : RETRY_MS[0]);
    } catch (error) {
      await this.#failed(item, /** @type {ApiError} */ (error));
    }
  }

  /** @param {UnsavedSlice} item @param {ApiError} error */
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
    const sent = items.filter((item) => !item.refused);
    const state = !items.length ? "saved" : !sent.length ? "held" : sent.some((item) => item.tries) ? "offline" : "saving";
    this.store.set({ saving: { state, count: items.length, backedUp: items.every((item) => item.backedUp) } });
  }
}

/** @param {{ volumeId: string, plane: PlaneName, index: number }} slice */
const keyOf = ({ volumeId, plane, index }) => `${volumeId}/${plane}/${index}`;

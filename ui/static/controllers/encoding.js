/** How far the encoding of the volume on screen is: asked for until it has ended. */
import { isBusy } from "../api/client.js";
import { EncodingState } from "../api/contract.js";
import { replaceSummary } from "./summaries.js";

const POLL_MS = 1000;

export class EncodingWatch {
  #timer = /** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined);

  /**
   * @param {import("../state/store.js").Store} store
   * @param {{server: import("./server.js").Server, notify: import("./notify.js").Notify, pollMs?: number}} options
   */
  constructor(store, { server, notify, pollMs = POLL_MS }) {
    this.store = store;
    this.server = server;
    this.notify = notify;
    this.pollMs = pollMs;
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  watch() {
    this.stop();
    const { volume } = this.store.state;
    const state = volume?.encoding?.state;
    if (!volume || (state !== EncodingState.PENDING && state !== EncodingState.RUNNING)) return;
    this.#timer = setTimeout(() => this.#poll(volume.id), this.pollMs);
  }

  /** @param {string} id */
  async #poll(id) {
    const timer = this.#timer;
    const onScreen = () => this.store.state.volume?.id === id && this.#timer === timer; // not stopped meanwhile
    try {
      const summary = await this.server.volume(id);
      if (!onScreen()) return;
      replaceSummary(this.store, summary);
      this.store.set({ online: true });
    } catch (/** @type {any} */ error) {
      if (!onScreen()) return;
      if (error.status && !isBusy(error)) return this.notify.failed(error);
      this.store.set({ online: false });
    }
    this.watch();
  }
}

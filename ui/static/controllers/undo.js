/** Undo and redo of everything a person did: strokes, slices as a whole, labels. One step at a time, in order. */

import { editBlocker } from "../state/access.js";
import { beginAfresh } from "../tools/afresh.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */
/** @import { Edits } from "../tools/edits.js" */
/** @import { Step } from "../state/history.js" */
/** @typedef {"undo" | "redo"} Direction */

const SHOWN_MS = 3500;

export class UndoController {
  #waiting = false;

  /**
   * @param {Store} store
   * @param {{
   *   edits: Pick<Edits, "undo" | "redo">, steps: Pick<import("../tools/steps.js").Steps, "revert">,
   *   notify: Pick<import("./notify.js").Notify, "say" | "failed">,
   *   sliceOnScreen: () => number,
   *   goTo: (slice: number) => void,
   * }} parts
   */
  constructor(store, { edits, steps, notify, sliceOnScreen, goTo }) {
    this.store = store;
    this.edits = edits;
    this.steps = steps;
    this.notify = notify;
    this.sliceOnScreen = sliceOnScreen;
    this.goTo = goTo;
  }

  undo() {
    return this.#step("undo");
  }

  redo() {
    return this.#step("redo");
  }

  /** @param {Direction} direction */
  async #step(direction) {
    if (this.#waiting) return; // for the server: the step before this one must be done first
    const step = this.edits[direction]();
    if (!step) return this.#tellBlocker(direction);
    if (step.command && !(await this.#ask(step.command[direction], direction))) return;
    if (direction === "undo") this.store.emit("undone", step);
    this.#show(step);
    if (step.afresh !== undefined) beginAfresh(this.store, direction === "undo" ? null : step.afresh);
    this.notify.say(direction === "undo" ? t("slices.undo.undone", { step: step.text }) : t("slices.undo.redone", { step: step.text }), { place: "undo", durationMs: SHOWN_MS });
  }

  /** Who takes back nothing although there is something must not wonder why. @param {Direction} direction */
  #tellBlocker(direction) {
    const { history } = this.store.state;
    const blocker = editBlocker(this.store.state);
    if (blocker && (direction === "undo" ? history.canUndo : history.canRedo)) this.notify.say(t("page.sentence", { text: blocker }), { place: "undo", durationMs: SHOWN_MS });
  }

  /**
   * @param {() => Promise<void>} command
   * @param {Direction} direction
   */
  async #ask(command, direction) {
    this.#waiting = true;
    try {
      await command();
      return true;
    } catch (error) {
      this.steps.revert(direction);
      this.notify.failed(error);
      return false;
    } finally {
      this.#waiting = false;
    }
  }

  /** What changed must be seen. @param {Step} step */
  #show({ slices, afresh, shows }) {
    const { volume, plane } = this.store.state;
    const turned = shows && shows.volumeId === volume?.id && shows.plane === plane ? shows.indices : [];
    const changed = afresh === undefined ? [...slices.map(({ index }) => index), ...turned] : [afresh];
    if (changed.length && !changed.includes(this.sliceOnScreen())) this.goTo(changed[0]);
  }
}

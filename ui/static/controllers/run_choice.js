/** Settings of the runs to come: method, encoder, seed, whether from scratch. This browser keeps them, for each project. */
import { MAX_ENCODER_LENGTH, MAX_SEED } from "../api/contract.js";
import { DEFAULT_CHOICE, isSeed, stillOffered } from "../state/run_choice.js";
import { recallRunChoice, rememberRunChoice } from "./remembered.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { RunChoice } from "../state/types.d.ts"
 */

export class RunChoiceController {
  /** @type {string | undefined} */
  #projectId;

  /**
   * @param {Store} store
   * @param {{notify: Pick<import("./notify.js").Notify, "say">}} parts
   */
  constructor(store, { notify }) {
    this.store = store;
    this.notify = notify;
    store.on("project", ({ project }) => this.#follow(project?.id));
  }

  /** @param {string | undefined} id */
  #follow(id) {
    if (id === this.#projectId) return;
    this.#projectId = id;
    const { system } = this.store.state;
    this.store.set({ runChoice: id ? stillOffered(recallRunChoice(id), system) : DEFAULT_CHOICE });
  }

  /** @param {string} name of a method that the server offers */
  setMethod(name) {
    this.#set({ method: name === this.store.state.system?.methods[0]?.name ? null : name });
  }

  /** @param {string} name of an encoder that is installed, or a checkpoint's path */
  setEncoder(name) {
    const encoder = name.trim().slice(0, MAX_ENCODER_LENGTH);
    if (encoder) this.#set({ encoder: encoder === this.store.state.system?.encoders[0]?.name ? null : encoder });
  }

  /** Whether a text is a seed; what is none changes nothing. @param {string} text */
  setSeed(text) {
    const seed = Number(text);
    const valid = text.trim() !== "" && isSeed(seed);
    if (valid) this.#set({ seed });
    return valid;
  }

  /** What was typed is no seed, though its beginning may have been one. @param {string} text @param {number} before */
  refuseSeed(text, before) {
    this.#set({ seed: before });
    if (text.trim()) this.notify.say(t("runs.notices.seed", { max: MAX_SEED, text, before }), { place: "seed" });
  }

  /** @param {boolean} afresh fit from scratch, not from the last run */
  setAfresh(afresh) {
    this.#set({ afresh });
  }

  /** @param {string[] | null} sources ids of the other volumes to learn from; null: all that are painted */
  setSources(sources) {
    const { sources: _before, ...others } = this.store.state.runChoice;
    this.#replace(sources ? { ...others, sources } : others);
  }

  reset() {
    this.#replace(DEFAULT_CHOICE);
  }

  /** @param {Partial<RunChoice>} patch */
  #set(patch) {
    this.#replace({ ...this.store.state.runChoice, ...patch });
  }

  /** @param {RunChoice} runChoice */
  #replace(runChoice) {
    this.store.set({ runChoice });
    if (this.#projectId) rememberRunChoice(this.#projectId, runChoice);
  }
}

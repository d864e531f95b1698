/**
 * Settings of the runs to come, beside the button that starts one: method, encoder, seed and beginning in a popover, and a
 * chip that names what is not the default.
 */
import { MAX_ENCODER_LENGTH, MAX_SEED } from "../api/contract.js";
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { toggleMenu } from "../lib/menu.js";
import { radioGroup, radioRow, refill } from "../lib/radio.js";
import { choiceWords, encoderTitle, encodesAnew } from "../state/run_choice.js";
import { sourcesChoice } from "./run_sources.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { System } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/run_choice.js").RunChoiceController, "setMethod" | "setEncoder" | "setSeed" | "refuseSeed" | "setAfresh" | "setSources" | "reset">} ChoiceIntents
 */

const ENCODED_ANEW = "The scan's slices are encoded again for this encoder, at the first run with it.";

export class RunSettings {
  /**
   * @param {Store} store
   * @param {{choice: ChoiceIntents}} intents
   */
  constructor(store, { choice }) {
    this.store = store;
    this.choice = choice;
    /** @type {HTMLButtonElement} */
    this.button = h("button.button.run-settings-button", { "aria-label": "Settings of the run", "aria-haspopup": "menu", "data-testid": "run-settings", onclick: () => this.#open(this.button) }, icon("sliders", 17));
    this.chipText = h("span.ellipsis");
    /** @type {HTMLButtonElement} */
    this.chip = h("button.run-chip", { hidden: true, "data-testid": "run-choice", onclick: () => this.#open(this.chip) }, this.chipText);
    this.methods = radioGroup("Method");
    this.encoders = radioGroup("Encoder");
    this.path = this.#pathField();
    this.seed = this.#seedField();
    /** @type {HTMLInputElement} */
    this.afresh = h("input", { type: "checkbox", "data-testid": "afresh", onchange: () => choice.setAfresh(this.afresh.checked) });
    this.note = h("p.menu-note", { hidden: true }, ENCODED_ANEW);
    this.reset = h("button.link", { "data-testid": "choice-reset", onclick: () => choice.reset() }, "Back to the defaults");
    this.content = h(
      "div.run-settings",
      h("h3", "Method"),
      this.methods,
      h("h3", "Encoder"),
      this.encoders,
      this.path,
      this.note,
      sourcesChoice(store, { choice }),
      h("h3", "Seed"),
      h("label.choice-seed", this.seed, h("span", "Another seed, another result of the same settings")),
      h("h3", "Beginning"),
      h("label.choice-afresh", this.afresh, h("span", "From scratch", h("small", "Not from the last run: slower, and the same slices and seed give the same mask"))),
      h("div.choice-foot", this.reset),
    );
    store.on(["runChoice", "system"], (state) => this.#render(state));
  }

  /** @param {HTMLElement} anchor */
  #open(anchor) {
    toggleMenu(anchor, this.content, { testid: "run-settings-menu", className: "settings-menu", panel: "Run settings" });
  }

  /** @param {AppState} state */
  #render(state) {
    const { runChoice, system } = state;
    const words = choiceWords(runChoice, system);
    this.chip.hidden = !words.length;
    setText(this.chipText, words.join(", "));
    this.chip.title = "The next run is not made with the default settings";
    this.button.title = words.length ? `Settings: ${words.join(", ")}` : "Settings: method, encoder, what to learn from, seed, beginning";
    this.button.classList.toggle("is-changed", words.length > 0);
    this.reset.hidden = !words.length;
    this.note.hidden = !encodesAnew(state);
    this.afresh.checked = runChoice.afresh;
    if (document.activeElement !== this.seed) this.seed.value = String(runChoice.seed);
    if (system) this.#renderChoices(state, system);
  }

  /**
   * @param {AppState} state
   * @param {System} system
   */
  #renderChoices({ runChoice }, system) {
    const { methods, encoders } = system;
    const method = runChoice.method ?? methods[0]?.name;
    const encoder = runChoice.encoder ?? encoders[0]?.name;
    const named = runChoice.encoder && !encoders.some(({ name }) => name === encoder) ? [{ name: runChoice.encoder, title: encoderTitle(runChoice.encoder, system) }] : [];
    refill(this.methods, methods.map(({ name, title, summary }) => radioRow(title, summary, name === method, `method-${name}`, () => this.choice.setMethod(name))));
    refill(this.encoders, [...encoders, ...named].map(({ name, title }) => radioRow(title, pathOf(name), name === encoder, `encoder-${name}`, () => this.choice.setEncoder(name))));
    this.path.hidden = system.multi_user;
  }

  /** Where there is one user, any checkpoint of the machine can be named. */
  #pathField() {
    /** @type {HTMLInputElement} */
    const field = h("input.input.small", {
      placeholder: "Path of another SAM checkpoint (.pth)",
      "aria-label": "Path of a SAM checkpoint",
      maxlength: MAX_ENCODER_LENGTH,
      spellcheck: "false",
      "data-testid": "encoder-path",
      onchange: () => (this.choice.setEncoder(field.value), (field.value = "")),
    });
    keepKeys(field);
    return field;
  }

  #seedField() {
    let before = 0;
    /** @type {HTMLInputElement} */
    const field = h("input.input.small.num", {
      type: "number",
      min: 0,
      max: MAX_SEED,
      step: 1,
      "data-testid": "seed",
      onfocus: () => (before = this.store.state.runChoice.seed),
      oninput: () => this.choice.setSeed(field.value),
      onchange: () => this.choice.setSeed(field.value) || this.choice.refuseSeed(field.value, before),
      onblur: () => (field.value = String(this.store.state.runChoice.seed)),
    });
    keepKeys(field);
    return field;
  }
}

/**
 * Keys typed in a field are the field's; Enter leaves it, Esc closes the popover.
 * @param {HTMLInputElement} field
 */
function keepKeys(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") field.blur();
    if (event.key !== "Escape") event.stopPropagation();
  });
}

/** The path of a checkpoint, to be shown below its title; empty for encoders with a name. @param {string} name */
const pathOf = (name) => (/[\\/]/.test(name) ? name : "");

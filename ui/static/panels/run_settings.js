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
import { sliceKind } from "../state/slices.js";
import { enumerated, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { System } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/run_choice.js").RunChoiceController, "setMethod" | "setEncoder" | "setSeed" | "refuseSeed" | "setAfresh" | "setSources" | "reset">} ChoiceIntents
 */

export class RunSettings {
  /**
   * @param {Store} store
   * @param {{choice: ChoiceIntents}} intents
   */
  constructor(store, { choice }) {
    this.store = store;
    this.choice = choice;
    /** @type {HTMLButtonElement} */
    this.button = h("button.button.run-settings-button", { "aria-label": t("runs.settings.button"), "aria-haspopup": "menu", "data-testid": "run-settings", onclick: () => this.#open(this.button) }, icon("sliders", 17));
    this.chipText = h("span.ellipsis");
    /** @type {HTMLButtonElement} */
    this.chip = h("button.run-chip", { hidden: true, "data-testid": "run-choice", onclick: () => this.#open(this.chip) }, this.chipText);
    this.methods = radioGroup(t("comparison.settings.method"));
    this.encoders = radioGroup(t("comparison.settings.encoder"));
    this.path = this.#pathField();
    this.seed = this.#seedField();
    /** @type {HTMLInputElement} */
    this.afresh = h("input", { type: "checkbox", "data-testid": "afresh", onchange: () => choice.setAfresh(this.afresh.checked) });
    this.note = h("p.menu-note", { hidden: true });
    this.afreshHint = h("small");
    this.reset = h("button.link", { "data-testid": "choice-reset", onclick: () => choice.reset() }, t("runs.settings.reset"));
    this.content = h(
      "div.run-settings",
      h("h3", t("comparison.settings.method")),
      this.methods,
      h("h3", t("comparison.settings.encoder")),
      this.encoders,
      this.path,
      this.note,
      sourcesChoice(store, { choice }),
      h("h3", t("comparison.settings.seed")),
      h("label.choice-seed", this.seed, h("span", t("runs.settings.seedHint"))),
      h("h3", t("runs.settings.beginning")),
      h("label.choice-afresh", this.afresh, h("span", t("runs.settings.afresh"), this.afreshHint)),
      h("div.choice-foot", this.reset),
    );
    store.on(["runChoice", "system", "volume"], (state) => this.#render(state));
  }

  /** @param {HTMLElement} anchor */
  #open(anchor) {
    toggleMenu(anchor, this.content, { testid: "run-settings-menu", className: "settings-menu", panel: t("runs.settings.title") });
  }

  /** @param {AppState} state */
  #render(state) {
    const { runChoice, system } = state;
    const kind = sliceKind(state);
    setText(this.note, t(`runs.settings.encodedAnew.${kind}`));
    setText(this.afreshHint, t(`runs.settings.afreshHint.${kind}`));
    const words = choiceWords(runChoice, system);
    this.chip.hidden = !words.length;
    setText(this.chipText, enumerated(words));
    this.chip.title = t("runs.settings.chipHint");
    this.button.title = words.length ? t("runs.settings.changed", { settings: enumerated(words) }) : t("runs.settings.buttonHint");
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
      placeholder: t("runs.settings.pathHint"),
      "aria-label": t("runs.settings.path"),
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

/** One label in the list: chosen, shown and hidden, locked, recoloured, renamed, deleted; after a run, how well it was learnt. */
import { arrange } from "../lib/arrange.js";
import { formatMl, h, setAttr, setStyle, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { closeMenu, menuItem, toggleMenu } from "../lib/menu.js";
import { LABEL_PALETTE } from "../api/contract.js";
import { pixelText } from "../state/pictures.js";
import { isSameTerm, termCode, termText } from "../state/terms.js";
import { PATTERNS } from "../viewer/hatch.js";
import { t } from "../words/index.js";
import { qualityChip, warningNote } from "./quality.js";
import { termDialog } from "./term_dialog.js";
import { volumeChange } from "./volume_change.js";

/**
 * @import { Label, MaskLabel } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/labels.js").LabelController, "update" | "remove" | "findTerms">} LabelIntents
 * @typedef {Pick<import("../controllers/locks.js").LockController, "toggle">} LockIntents
 * @typedef {Pick<import("../controllers/view.js").ViewController, "chooseLabel" | "toggleLabel" | "showOnly" | "showAllLabels">} ViewIntents
 */

/**
 * What a row shows beside its label.
 * @typedef {object} RowFacts
 * @property {boolean} editable it may be renamed, recoloured, locked and deleted
 * @property {boolean} active it is the label to paint with
 * @property {boolean} hidden
 * @property {boolean} locked no tool changes it
 * @property {MaskLabel | undefined} found what the mask on screen says of it
 * @property {import("./volume_change.js").Made | null} made when the mask on screen was made, and the one before it
 * @property {boolean} [pictures] of unrelated pictures, not of a scan
 * @property {boolean} judged the run judged itself
 * @property {boolean} advised what to paint is said: somebody may
 * @property {number | null} next slice where painting it helps most
 * @property {string} [nextName] what that slice is called
 */

export class LabelRow {
  #chip = remembering(qualityChip);
  #change = remembering(volumeChange);
  #warning;

  /**
   * @param {Label} label
   * @param {{labels: LabelIntents, view: ViewIntents, locks: LockIntents, goTo: (slice: number) => void}} intents
   */
  constructor(label, { labels, view, locks, goTo }) {
    this.label = label;
    this.editable = true;
    this.labels = labels;
    this.view = view;
    this.locks = locks;
    this.#warning = remembering((/** @type {MaskLabel} */ found, /** @type {number | null} */ next, /** @type {string | undefined} */ name) => warningNote(found, next, goTo, name));
    this.swatch = h("button.swatch", { title: t("labels.row.changeColour"), onclick: (/** @type {Event} */ event) => this.#recolour(event) });
    this.name = h("button.label-name", { "data-testid": "label-choose" });
    /** @type {HTMLElement} the name, or the field it is changed in */
    this.nameSlot = this.name;
    this.volume = h("span.label-volume.num", { "data-testid": "label-volume" });
    this.facts = h("div.label-facts");
    this.text = h("div.label-text");
    this.number = h("kbd");
    this.eye = h("button.icon-button.small.label-eye", { "data-testid": "label-visibility", onclick: (/** @type {Event} */ event) => this.#toggle(event) });
    this.lock = h("button.icon-button.small.label-lock", { "data-testid": "label-lock", onclick: (/** @type {Event} */ event) => this.#toggleLock(event) });
    this.more = h("button.icon-button.small.label-more", { "data-testid": "label-menu", onclick: (/** @type {Event} */ event) => this.#menu(event) }, icon("dots", 15));
    this.element = h("li.label-row", {
      "data-testid": "label-item",
      "data-value": label.value,
      onclick: () => this.view.chooseLabel(this.label.value),
      ondblclick: (/** @type {Event} */ event) => event.target === this.name && this.#rename(),
    });
  }

  /**
   * @param {Label} label
   * @param {number} position in the list, which is its number key
   * @param {RowFacts} facts
   */
  update(label, position, { editable, active, hidden, locked, found, made, pictures, judged, advised, next, nextName }) {
    this.label = label;
    this.editable = editable;
    this.swatch.disabled = !editable;
    this.#setState(active, hidden, judged);
    setAttr(this.swatch, "data-pattern", position % PATTERNS.length);
    this.#setNames(hidden);
    this.#setLock(locked);
    setText(this.number, String(position + 1));
    if (found) setText(this.volume, pictures ? pixelText(found.voxels) : formatMl(found.volume_ml));
    const change = found && made ? this.#change(found, made) : null;
    const volume = found ? this.volume : null;
    if (judged && found) {
      arrange(this.facts, [this.#chip(found, pictures ? "picture" : "slice"), volume, change]);
      arrange(this.text, [this.nameSlot, this.facts]);
    }
    arrange(this.element, [
      this.swatch,
      ...(judged ? [this.text] : [this.nameSlot, volume, change]),
      position < 9 && this.number,
      editable && this.lock,
      this.eye,
      this.more,
      judged && advised && found && this.#warning(found, next, nextName),
    ]);
  }

  /**
   * @param {boolean} active
   * @param {boolean} hidden
   * @param {boolean} judged
   */
  #setState(active, hidden, judged) {
    const { classList } = this.element;
    classList.toggle("active", active);
    classList.toggle("is-hidden", hidden);
    classList.toggle("is-judged", judged);
    setAttr(this.name, "aria-pressed", String(active));
    setAttr(this.element, "data-active", String(active));
    setStyle(this.element, { "--label": this.label.color });
    setStyle(this.swatch, { background: this.label.color });
  }

  /** @param {boolean} hidden */
  #setNames(hidden) {
    const { name, term } = this.label;
    setText(this.name, name);
    setAttr(this.name, "title", term ? t("labels.row.is", { name, term: termText(term), code: termCode(term) }) : name);
    setAttr(this.swatch, "aria-label", t("labels.row.colourOf", { name }));
    setAttr(this.more, "aria-label", t("page.moreAbout", { name }));
    setAttr(this.eye, "aria-label", hidden ? t("labels.row.showLabel", { name }) : t("labels.row.hideLabel", { name }));
    const title = hidden ? t("labels.row.show") : t("labels.row.hide");
    if (this.eye.title === title) return;
    this.eye.title = title;
    this.eye.replaceChildren(icon(hidden ? "eyeOff" : "eye", 15));
  }

  /** @param {boolean} locked */
  #setLock(locked) {
    const { name } = this.label;
    setAttr(this.lock, "aria-label", locked ? t("labels.row.unlockLabel", { name }) : t("labels.row.lockLabel", { name }));
    const title = locked ? t("labels.row.locked") : t("labels.row.lock");
    if (this.lock.title === title) return;
    this.lock.title = title;
    setAttr(this.lock, "aria-pressed", String(locked));
    this.lock.replaceChildren(icon(locked ? "lock" : "unlock", 15));
  }

  /** @param {Event} event */
  #toggleLock(event) {
    event.stopPropagation();
    this.locks.toggle(this.label.value);
  }

  /** @param {Event} event */
  #toggle(event) {
    event.stopPropagation();
    this.view.toggleLabel(this.label.value);
  }

  /** @param {Event} event */
  #menu(event) {
    event.stopPropagation();
    const { editable } = this;
    toggleMenu(this.more, [
      editable && menuItem(t("dialogs.rename"), () => this.#rename(), { testid: "label-rename" }),
      editable && menuItem(this.lock.getAttribute("aria-pressed") === "true" ? t("labels.menu.unlock") : t("labels.menu.lock"), () => this.locks.toggle(this.label.value), { hint: "Y" }),
      editable && menuItem(t("labels.menu.term"), () => this.#sayTerm(), { testid: "label-term" }),
      menuItem(t("labels.menu.showOnly"), () => this.view.showOnly(this.label.value)),
      menuItem(t("labels.menu.showAll"), () => this.view.showAllLabels()),
      editable && menuItem(t("labels.menu.delete"), () => this.labels.remove(this.label), { danger: true, testid: "label-delete" }),
    ]);
  }

  async #sayTerm() {
    const { label } = this;
    const term = await termDialog(label, (words) => this.labels.findTerms(words));
    if (term !== undefined && !isSameTerm(term, label.term)) await this.labels.update(label, { term });
  }

  /** @param {Event} event */
  #recolour(event) {
    event.stopPropagation();
    const choose = (/** @type {string} */ color) => {
      closeMenu();
      this.labels.update(this.label, { color });
    };
    const swatches = LABEL_PALETTE.map((color) => {
      const button = h("button.swatch", { "aria-label": color, onclick: () => choose(color) });
      setStyle(button, { background: color });
      return button;
    });
    /** @type {HTMLInputElement} */
    const custom = h("input", { type: "color", value: this.label.color, "aria-label": t("labels.row.anyColour"), onchange: () => choose(custom.value) });
    toggleMenu(this.swatch, [h("div.swatches", swatches), h("label.menu-custom", custom, t("labels.row.otherColour"))], { className: "palette", panel: t("labels.row.colourOf", { name: this.label.name }) });
  }

  #rename() {
    if (!this.editable) return;
    const input = h("input.input.inline", { value: this.label.name, maxlength: 80, "aria-label": t("labels.row.name"), "data-testid": "label-name" });
    let finished = false;
    const done = (/** @type {boolean} */ keep) => {
      if (finished) return; // taking the field away blurs it
      finished = true;
      const text = input.value.trim();
      this.nameSlot = this.name;
      input.replaceWith(this.name);
      if (keep && text && text !== this.label.name) this.labels.update(this.label, { name: text });
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    });
    input.addEventListener("blur", () => done(true));
    input.addEventListener("click", (event) => event.stopPropagation());
    this.nameSlot = input;
    this.name.replaceWith(input);
    input.focus();
    input.select();
  }
}

/**
 * `build`, which is only called again when it is given something else (compared by what it holds).
 * @template {unknown[]} A
 * @param {(...given: A) => HTMLElement | null} build
 */
function remembering(build) {
  let before = "";
  /** @type {HTMLElement | null} */
  let built = null;
  return (/** @type {A} */ ...given) => {
    const now = JSON.stringify(given);
    if (now !== before) [before, built] = [now, build(...given)];
    return built;
  };
}

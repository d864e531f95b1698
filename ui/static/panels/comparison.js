/**
 * Two runs beside each other, at the foot of the rail in the place of the run's card: which, how far their labels agree, and
 * the slices that differ, those that differ most first.
 */
import { KeyedList } from "../lib/arrange.js";
import { h, setAttr, setStyle, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { comparisonNote, differingSlices, differingVoxels, runNumber, runTitle } from "../state/comparison.js";
import { mayPaint } from "../state/access.js";
import { madeWithWords } from "../state/run_choice.js";
import { runDifferences } from "../state/run_differences.js";
import { readingsOnScreen, shareText } from "../state/readings.js";
import { REFERENCE } from "../state/reference.js";
import { sliceOnScreen } from "../state/slices.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState, Comparison } from "../state/types.d.ts"
 * @typedef {Pick<import("../controllers/comparison.js").ComparisonController, "end" | "choose" | "next" | "toggleBeside" | "makeCurrent">} ComparisonIntents
 * @typedef {{value: number, name: string, color: string, dice: number, only: number | null, words: ComparedWords}} LabelFacts `only`: the place of what alone has it
 * @typedef {{kind: string, short: string[], names: string[]}} ComparedWords what the two are called
 * @typedef {{index: number, voxels: number, share: number, current: boolean, area: string}} SliceFacts
 */

const MOST_SLICES = 60; // rows; J goes on from there

export class ComparisonPanel {
  /**
   * @param {Store} store
   * @param {{comparison: ComparisonIntents, goTo: (slice: number) => void, scores: HTMLElement}} intents `scores` against a reference
   */
  constructor(store, { comparison, goTo, scores }) {
    this.store = store;
    this.goTo = goTo;
    this.selects = /** @type {const} */ ([0, 1]).map((place) => this.#select(place, comparison));
    this.title = h("h2", "Compare runs");
    this.labels = h("ul.agreement", { "data-testid": "agreement" });
    this.slices = h("ul.differing", { "data-testid": "differing-slices", "aria-label": "Slices that differ, those that differ most first" });
    this.labelRows = new KeyedList(this.labels, { key: (/** @type {LabelFacts} */ label) => label.value, create: () => labelRow() });
    this.sliceRows = new KeyedList(this.slices, { key: (/** @type {SliceFacts} */ slice) => slice.index, create: (slice) => sliceRow(() => goTo(slice.index)) });
    this.note = h("p.comparison-note", { role: "status" });
    this.current = /** @type {const} */ ([0, 1]).map((place) => h("button.link", { "data-testid": place ? "make-second-current" : "make-first-current", title: "What is shown, exported and corrected from now on", onclick: () => void comparison.makeCurrent(place) }, "Make current"));
    this.differences = h("ul.run-differences", { "data-testid": "run-differences", "aria-label": "Settings that differ" });
    this.beside = h("button.link", { "data-testid": "comparison-beside", onclick: () => comparison.toggleBeside() });
    this.other = h("p.comparison-other", { hidden: true }, h("i.key.other"), "labelled differently");
    this.next = h("button.link", { title: "The next of the slices that differ most", "data-testid": "next-difference", onclick: () => comparison.next() }, "Next slice (J)");
    this.element = h(
      "section.comparison",
      { hidden: true, "data-testid": "comparison" },
      h("header.panel-head", this.title, h("button.icon-button.small", { title: "Done comparing  Esc", "aria-label": "Done comparing", "data-testid": "comparison-end", onclick: () => comparison.end() }, icon("close", 15))),
      h("div.compared", this.selects.map((select, n) => h("label.compared-run", h(`i.key.${n ? "second" : "first"}`), h("span", "only in"), select)), this.current),
      this.differences,
      this.beside,
      this.other,
      this.labels,
      scores,
      this.note,
      h("div.differing-head", h("h3", "Slices that differ most"), this.next),
      this.slices,
    );
    store.on(["comparison", "labels", "system"], (state) => this.#render(state));
    store.on(["cursor", "plane"], (state) => state.comparison && this.#renderSlices(state), { now: false });
  }

  /**
   * @param {0 | 1} place
   * @param {ComparisonIntents} comparison
   */
  #select(place, comparison) {
    /** @type {HTMLSelectElement} */
    const select = h("select.input.small", { "data-testid": place ? "second-run" : "first-run", onchange: () => (select.blur(), comparison.choose(place, select.value)) });
    return select;
  }

  /** @param {AppState} state */
  #render(state) {
    const { comparison, labels } = state;
    this.element.hidden = !comparison;
    if (!comparison) return;
    const words = comparedWords(state);
    setText(this.title, `Compare ${words.kind}s`);
    setAttr(this.element, "aria-label", `Two ${words.kind}s compared`);
    this.selects.forEach((select, place) => setAttr(select, "aria-label", `${place ? "Second" : "First"} ${words.kind}`));
    this.#renderSelects(state, comparison);
    this.#renderRuns(state, comparison);
    const { found } = comparison;
    const facts = labels.flatMap((label) => {
      const of = found?.labels.get(label.value);
      return of ? [{ ...label, dice: of.dice, only: of.voxels[1] ? (of.voxels[0] ? null : 1) : 0, words }] : [];
    });
    this.labelRows.update(facts);
    this.other.hidden = facts.length < 2;
    this.#renderSlices(state);
  }

  /**
   * @param {AppState} state
   * @param {Comparison} comparison
   */
  #renderSelects({ system }, { runs, chosen }) {
    this.selects.forEach((select, place) => {
      const offered = place ? runs : runs.filter(({ id }) => id !== REFERENCE); // the first is painted on
      const options = offered.map((run) => ({ id: run.id, title: runTitle(run, runNumber(runs, run.id), system) }));
      const known = [.../** @type {Iterable<HTMLOptionElement>} */ (select.children)].map(({ value, textContent }) => `${value} ${textContent}`).join("\n");
      if (known !== options.map(({ id, title }) => `${id} ${title}`).join("\n")) select.replaceChildren(...options.map(({ id, title }) => h("option", { value: id }, title)));
      select.value = chosen[place];
      const run = runs.find(({ id }) => id === chosen[place]);
      select.title = run?.choice ? `${select.selectedOptions?.[0]?.textContent ?? ""}\nMade with ${madeWithWords(run.choice, system)}` : "";
    });
  }

  /**
   * What differs in how they were made, and which of them is the current one.
   * @param {AppState} state
   * @param {Comparison} comparison
   */
  #renderRuns({ system, mask, login, project, volume }, { runs, chosen, beside }) {
    const [first, second] = chosen.map((id) => runs.find((run) => run.id === id));
    const found = first?.choice && second?.choice ? runDifferences(first, second, system) : null;
    const lines = found?.map(({ name, first: one, second: other }) => h("li", h("span.dim", `${name}: `), `${one}, ${other}`));
    this.differences.replaceChildren(...(lines?.length === 0 ? [h("li.dim", "Made with equal settings")] : (lines ?? [])));
    this.current.forEach((button, place) => {
      button.hidden = chosen[place] === mask?.run_id || !runs.find((run) => run.id === chosen[place])?.mask_id || !mayPaint({ login, project, volume });
      setText(button, place ? "Make the second current" : "Make the first current");
    });
    setText(this.beside, beside ? "Show differences as colours" : "Show side by side");
  }

  /** @param {AppState} state */
  #renderSlices(state) {
    const counts = differingVoxels(state);
    const found = counts ? differingSlices(counts) : [];
    const note = comparisonNote(state);
    setText(this.note, note);
    this.note.hidden = !note;
    /** @type {HTMLElement | null} */ (this.next.parentElement)?.toggleAttribute("hidden", !found.length);
    const { voxels, plane } = state;
    if (!voxels) return;
    const here = sliceOnScreen(state);
    const cellMm2 = voxels.spacingMm.reduce((volume, mm) => volume * mm, 1) / voxels.size(plane).sliceStepMm;
    this.sliceRows.update(
      found.slice(0, MOST_SLICES).map(({ index, voxels: cells }) => ({ index, voxels: cells, share: cells / found[0].voxels, current: index === here, area: areaText(cells * cellMm2, found[0].voxels * cellMm2) })),
    );
  }
}

/** Readings by their readers' names. @param {AppState} state @returns {ComparedWords} */
function comparedWords(state) {
  const readers = readingsOnScreen(state).map(({ name }) => name);
  if (readers.length) return { kind: "reading", short: readers, names: readers };
  return { kind: "run", short: ["first", "second"], names: ["the first run", "the second run"] };
}

/** How far one label's two shapes agree. */
function labelRow() {
  const swatch = h("i.swatch");
  const name = h("span.label-name");
  const bar = h("i");
  const dice = h("span.num.agreement-dice");
  const element = h("li", swatch, name, h("span.bar", bar), dice);
  const update = (/** @type {LabelFacts} */ label) => {
    setStyle(swatch, { background: label.color });
    setText(name, label.name);
    setStyle(bar, { width: `${100 * label.dice}%` });
    const { only, words } = label;
    setText(dice, only !== null ? `${words.short[only]} only` : shareText(label.dice));
    setAttr(element, "title", only !== null ? `Only ${words.names[only]} has ${label.name}` : `Dice of ${label.name} between ${words.names.join(" and ")}: ${label.dice.toFixed(4)}`);
    setAttr(element, "data-value", label.value);
  };
  return { element, update };
}

/** @param {() => void} go */
function sliceRow(go) {
  const name = h("span.num");
  const bar = h("i");
  const area = h("span.num.dim");
  /** @type {HTMLButtonElement} */
  const button = h("button.differing-slice", { onclick: (event) => (go(), event.detail && button.blur()) }, name, h("span.bar", bar), area);
  const element = h("li", button);
  const update = (/** @type {SliceFacts} */ slice) => {
    setText(name, `Slice ${slice.index + 1}`);
    setStyle(bar, { width: `${100 * slice.share}%` });
    setText(area, slice.area);
    setAttr(button, "title", `${slice.voxels} voxels differ`);
    setAttr(button, "aria-current", slice.current ? "true" : null);
  };
  return { element, update };
}

/**
 * In one unit for all of a list.
 * @param {number} mm2
 * @param {number} largest of the list, mm²
 */
const areaText = (mm2, largest) => (largest >= 100 ? `${(mm2 / 100).toFixed(2)} cm\u00b2` : `${mm2.toFixed(1)} mm\u00b2`);

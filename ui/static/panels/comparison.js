/**
 * Two runs beside each other, at the foot of the rail in the place of the run's card: which, how far their labels agree, and
 * the slices that differ, those that differ most first.
 */
import { KeyedList } from "../lib/arrange.js";
import { h, setAttr, setStyle, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { areaTexts, comparisonNote, differingSlices, differingVoxels, runNumber, runTitle } from "../state/comparison.js";
import { mayPaint } from "../state/access.js";
import { madeWithWords } from "../state/run_choice.js";
import { runDifferences } from "../state/run_differences.js";
import { readingsOnScreen, shareText } from "../state/readings.js";
import { isPictures, sliceName } from "../state/pictures.js";
import { REFERENCE } from "../state/reference.js";
import { sliceOnScreen } from "../state/slices.js";
import { decimal, enumerated, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState, Comparison } from "../state/types.d.ts"
 * @typedef {Pick<import("../controllers/comparison.js").ComparisonController, "end" | "choose" | "next" | "toggleBeside" | "makeCurrent">} ComparisonIntents
 * @typedef {{value: number, name: string, color: string, dice: number, only: number | null, readers: string[]}} LabelFacts `only`: the place of what alone has it; no readers of runs
 * @typedef {{index: number, name: string, differs: string, share: number, current: boolean, area: string}} SliceFacts
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
    this.title = h("h2");
    this.labels = h("ul.agreement", { "data-testid": "agreement" });
    this.slices = h("ul.differing", { "data-testid": "differing-slices" });
    this.labelRows = new KeyedList(this.labels, { key: (/** @type {LabelFacts} */ label) => label.value, create: () => labelRow() });
    this.sliceRows = new KeyedList(this.slices, { key: (/** @type {SliceFacts} */ slice) => slice.index, create: (slice) => sliceRow(() => goTo(slice.index)) });
    this.note = h("p.comparison-note", { role: "status" });
    this.current = /** @type {const} */ ([0, 1]).map((place) => h("button.link", { "data-testid": place ? "make-second-current" : "make-first-current", title: t("comparison.panel.makeCurrentHint"), onclick: () => void comparison.makeCurrent(place) }));
    this.differences = h("ul.run-differences", { "data-testid": "run-differences", "aria-label": t("comparison.panel.differences") });
    this.beside = h("button.link", { "data-testid": "comparison-beside", onclick: () => comparison.toggleBeside() });
    this.other = h("p.comparison-other", { hidden: true }, h("i.key.other"), t("comparison.panel.differently"));
    this.next = h("button.link", { "data-testid": "next-difference", onclick: () => comparison.next() });
    this.slicesTitle = h("h3");
    this.element = h(
      "section.comparison",
      { hidden: true, "data-testid": "comparison" },
      h("header.panel-head", this.title, h("button.icon-button.small", { title: t("comparison.panel.doneHint"), "aria-label": t("comparison.panel.done"), "data-testid": "comparison-end", onclick: () => comparison.end() }, icon("close", 15))),
      h("div.compared", this.selects.map((select, n) => h("label.compared-run", h(`i.key.${n ? "second" : "first"}`), h("span", t("comparison.panel.onlyIn")), select)), this.current),
      this.differences,
      this.beside,
      this.other,
      this.labels,
      scores,
      this.note,
      h("div.differing-head", this.slicesTitle, this.next),
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
    const readers = readingsOnScreen(state).map(({ name }) => name);
    this.#renderNames(readers.length ? "reading" : "run", isPictures(state));
    this.#renderSelects(state, comparison);
    this.#renderRuns(state, comparison);
    const { found } = comparison;
    const facts = labels.flatMap((label) => {
      const of = found?.labels.get(label.value);
      return of ? [{ ...label, dice: of.dice, only: of.voxels[1] ? (of.voxels[0] ? null : 1) : 0, readers }] : [];
    });
    this.labelRows.update(facts);
    this.other.hidden = facts.length < 2;
    this.#renderSlices(state);
  }

  /**
   * @param {"reading" | "run"} kind of the two
   * @param {boolean} pictures
   */
  #renderNames(kind, pictures) {
    setText(this.title, t(`comparison.panel.title.${kind}`));
    setAttr(this.element, "aria-label", t(`comparison.panel.name.${kind}`));
    this.selects.forEach((select, place) => setAttr(select, "aria-label", t(`comparison.panel.${place ? "second" : "first"}.${kind}`)));
    setText(this.slicesTitle, t(pictures ? "comparison.slices.titleOfPictures" : "comparison.slices.title"));
    setAttr(this.slices, "aria-label", t(pictures ? "comparison.slices.listOfPictures" : "comparison.slices.list"));
    setText(this.next, t(pictures ? "comparison.slices.nextPicture" : "comparison.slices.next"));
    setAttr(this.next, "title", t(pictures ? "comparison.slices.nextPictureHint" : "comparison.slices.nextHint"));
  }

  /**
   * @param {AppState} state
   * @param {Comparison} comparison
   */
  #renderSelects(state, { runs, chosen }) {
    const { system } = state;
    this.selects.forEach((select, place) => {
      const offered = place ? runs : runs.filter(({ id }) => id !== REFERENCE); // the first is painted on
      const options = offered.map((run) => ({ id: run.id, title: runTitle(run, runNumber(runs, run.id), system, isPictures(state)) }));
      const known = [.../** @type {Iterable<HTMLOptionElement>} */ (select.children)].map(({ value, textContent }) => `${value} ${textContent}`).join("\n");
      if (known !== options.map(({ id, title }) => `${id} ${title}`).join("\n")) select.replaceChildren(...options.map(({ id, title }) => h("option", { value: id }, title)));
      select.value = chosen[place];
      const run = runs.find(({ id }) => id === chosen[place]);
      select.title = run?.choice ? t("comparison.run.madeWith", { run: select.selectedOptions?.[0]?.textContent ?? "", settings: madeWithWords(run.choice, system) }) : "";
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
    const numbers = chosen.map((id) => runNumber(runs, id));
    const head = h("li.dim", t("comparison.panel.differencesOf", { first: numbers[0], second: numbers[1] }));
    const lines = found?.map(({ name, first: one, second: other }) => h("li", h("span.dim", t("page.named", { name })), " ", enumerated([one, other])));
    this.differences.replaceChildren(...(lines?.length === 0 ? [h("li.dim", t("comparison.panel.equal"))] : lines ? [head, ...lines] : []));
    this.current.forEach((button, place) => {
      setText(button, t("comparison.panel.makeCurrent", { number: numbers[place] }));
      button.hidden = chosen[place] === mask?.run_id || !runs.find((run) => run.id === chosen[place])?.mask_id || !mayPaint({ login, project, volume });
    });
    setText(this.beside, t(beside ? "comparison.panel.colours" : "comparison.panel.beside"));
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
    const listed = found.slice(0, MOST_SLICES);
    const areas = areaTexts(listed, voxels, plane);
    const differs = (/** @type {string} */ name, /** @type {number} */ count) => (isPictures(state) ? t("comparison.slices.pixels", { name, count }) : t("slices.ribbon.differ.slice", { count }));
    this.sliceRows.update(
      listed.map(({ index, voxels: count }, n) => {
        const name = sliceName(state, index);
        return { index, name, differs: differs(name, count), share: count / found[0].voxels, current: index === here, area: areas[n] };
      }),
    );
  }
}

/** What is said of a label beside its bar. @param {LabelFacts} label */
function agreementText({ only, dice, readers }) {
  if (only === null) return shareText(dice);
  if (readers.length) return t("comparison.agreement.onlyReader", { name: readers[only] });
  return t(only ? "comparison.agreement.onlySecond" : "comparison.agreement.onlyFirst");
}

/** The same at length. @param {LabelFacts} label */
function agreementHint({ name: label, only, dice: exact, readers }) {
  const dice = decimal(exact, 4);
  const [first, second] = readers;
  if (only === null) return readers.length ? t("comparison.agreement.diceOfReadings", { label, first, second, dice }) : t("comparison.agreement.diceOfRuns", { label, dice });
  if (readers.length) return t("comparison.agreement.onlyReaderHas", { name: readers[only], label });
  return t(only ? "comparison.agreement.onlySecondHas" : "comparison.agreement.onlyFirstHas", { label });
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
    setText(dice, agreementText(label));
    setAttr(element, "title", agreementHint(label));
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
    setText(name, slice.name);
    setStyle(bar, { width: `${100 * slice.share}%` });
    setText(area, slice.area);
    setAttr(button, "title", slice.differs);
    setAttr(button, "aria-current", slice.current ? "true" : null);
  };
  return { element, update };
}

/** The quiet guide: five steps that follow what has been done, the current one said in one sentence. */
import { RunState } from "../api/contract.js";
import { KeyedList } from "../lib/arrange.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayPaint } from "../state/access.js";
import { isPaintedMask } from "../state/painted_masks.js";
import { sliceKind } from "../state/slices.js";
import { around, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 */

/**
 * The steps and how far they are. `offersUncertainty`: its detail has a link that shows it.
 * @param {AppState} state
 * @typedef {{text: string, detail: string, done: boolean, offersUncertainty?: boolean}} Step
 * @returns {Step[]}
 */
export function guideSteps({ labels, mask, run, annotations, downloaded, volume }) {
  const kind = sliceKind({ volume });
  const count = annotations?.indices("painted").length ?? 0;
  const isPredicted = Boolean(mask) && !isPaintedMask(mask);
  const offersUncertainty = Boolean(mask?.has_confidence);
  return [
    { text: t(`guide.${kind}.paint`), detail: labels.length ? t(`guide.${kind}.mark`) : t(`guide.${kind}.name`), done: count >= 1 || isPredicted },
    { text: t("guide.step.more"), detail: t(`guide.${kind}.more`), done: count >= 3 || isPredicted },
    { text: t("runs.card.propagate"), detail: t(`guide.${kind}.propagate`), done: isPredicted || (run?.state === RunState.DONE && !isPaintedMask(run)) },
    { text: t("guide.check.title"), detail: offersUncertainty ? t("guide.check.uncertain", { link: t("toolbar.uncertainty.name") }) : t("guide.check.scroll"), done: downloaded, offersUncertainty },
    { text: t("downloads.button"), detail: t(`guide.${kind}.download`), done: downloaded },
  ];
}

export class Guide {
  #current = -1;

  /**
   * @param {Store} store
   * @param {{view: Pick<import("../controllers/view.js").ViewController, "showUncertainty">}} intents
   */
  constructor(store, { view }) {
    this.store = store;
    this.view = view;
    this.element = h("ol.guide", { "data-testid": "guide", "aria-label": t("guide.step.list") });
    this.rows = new KeyedList(this.element, { key: (/** @type {Step} */ step) => step.text, create: (step) => this.#row(step) });
    store.on(["voxels", "labels", "run", "mask", "plane", "downloaded", "project", "login", "volume"], () => this.render());
    store.when("slice-edited", () => this.render());
    store.when("annotations-loaded", () => this.render());
  }

  render() {
    const { state } = this.store;
    const steps = guideSteps(state);
    this.#current = steps.findIndex((step) => !step.done);
    this.element.hidden = !state.voxels || this.#current < 0 || !mayPaint(state);
    const paintNext = this.#current === 0 && state.labels.length > 0;
    this.element.closest(".app")?.toggleAttribute("data-paint-next", paintNext && !this.element.hidden);
    this.rows.update(steps);
  }

  /** @param {Step} step */
  #row({ text }) {
    const mark = h("span.step-mark");
    const link = h("button.link", { onclick: () => this.view.showUncertainty() }, t("toolbar.uncertainty.name"));
    const detail = h("span");
    const before = h("span");
    const more = h("p", before, link, detail);
    const element = h("li", mark, h("div", h("span.step-text", text), more));
    const update = (/** @type {Step} */ step, /** @type {number} */ position) => {
      const current = position === this.#current;
      setAttr(element, "aria-current", current ? "step" : null);
      element.classList.toggle("done", step.done);
      element.classList.toggle("current", current);
      mark.replaceChildren(step.done ? icon("check", 12) : String(position + 1));
      more.hidden = !current;
      link.hidden = !step.offersUncertainty;
      const ends = step.offersUncertainty ? around("guide.check.uncertain", "link") : [step.detail, ""];
      setText(before, ends[0]);
      setText(detail, ends[1]);
    };
    return { element, update };
  }
}

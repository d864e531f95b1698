/** The quiet guide: five steps that follow what has been done, the current one said in one sentence. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

export class Guide {
  constructor(store, { book, runs, suggested }) {
    Object.assign(this, { store, book, runs, suggested });
    this.element = h("ol.guide", { "data-testid": "guide", "aria-label": "Steps" });
    store.on(["voxels", "labels", "run", "mask", "plane", "downloaded"], () => this.render());
    for (const event of ["slice-edited", "book-loaded"]) store.when(event, () => this.render());
  }

  steps() {
    const { voxels, labels, mask, run } = this.store.state;
    const count = this.book()?.indices("painted").length ?? 0;
    const named = labels.length > 0;
    const paint = named
      ? "Choose the brush or lasso and mark the structure on one slice."
      : "Name the structure above, then mark it on one slice.";
    const check = mask?.has_confidence
      ? [h("button.link", { onclick: () => this.store.set({ showDoubt: true }) }, "Show doubt"), " (D) colours what may be wrong. Paint over it, then propagate again."]
      : "Scroll through. Paint over what is wrong, then propagate again.";
    return [
      { text: "Paint a slice", detail: paint, done: count >= 1 || Boolean(mask) },
      { text: "Paint 2 to 4 more", detail: "Spread over the structure; rings on the strip below suggest where.", done: count >= 3 || Boolean(mask) },
      { text: "Propagate", detail: "Fills every other slice from the ones you painted.", done: Boolean(mask) || run?.state === "done" },
      { text: "Check and correct", detail: check, done: Boolean(this.store.state.downloaded) },
      { text: "Download", detail: "Masks on the scan's own grid, from the top right.", done: Boolean(this.store.state.downloaded) },
    ].map((step) => ({ ...step, possible: Boolean(voxels) }));
  }

  render() {
    const steps = this.steps();
    const current = steps.findIndex((step) => !step.done);
    this.element.hidden = !steps[0].possible || current < 0;
    const paintNext = current === 0 && this.store.state.labels.length > 0;
    this.element.closest(".app")?.toggleAttribute("data-paint-next", paintNext && !this.element.hidden);
    this.element.replaceChildren(
      ...steps.map((step, n) =>
        h(
          `li${step.done ? ".done" : ""}${n === current ? ".current" : ""}`,
          { "aria-current": n === current ? "step" : null },
          h("span.step-mark", step.done ? icon("check", 12) : String(n + 1)),
          h("div", h("span.step-text", step.text), n === current && h("p", [step.detail].flat())),
        ),
      ),
    );
  }
}

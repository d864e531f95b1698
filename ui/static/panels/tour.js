/** The card of the guided tour, beside the control that a step is about; and the line that offers it to a newcomer. */
import { clamp, h, setText } from "../lib/dom.js";
import { TOUR } from "../state/tour.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @typedef {Pick<import("../controllers/tour.js").TourController, "isOffered" | "start" | "next" | "end">} TourIntents
 */

const GAP = 12;

export class TourPanel {
  /** @type {Element | null} what the step points at */
  #target = null;
  /** @type {HTMLElement | null} what had the focus when it was started */
  #before = null;
  #frame = 0;

  /**
   * @param {Store} store
   * @param {{tour: TourIntents}} intents
   */
  constructor(store, { tour }) {
    this.store = store;
    this.tour = tour;
    this.count = h("span.dim.num");
    this.title = h("strong");
    this.text = h("p");
    this.nextButton = h("button.button.small", { "data-testid": "tour-next", onclick: () => tour.next() });
    const end = h("button.button.small.quiet", { "data-testid": "tour-end", title: t("guide.tour.card.endTitle"), onclick: () => tour.end() }, t("guide.tour.card.end"));
    this.element = h(
      "section.tour",
      { hidden: true, tabindex: "-1", "aria-label": t("page.help.tour"), "data-testid": "tour", onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event) },
      h("div", { role: "status" }, h("header", this.title, this.count), this.text),
      h("div.tour-foot", end, this.nextButton),
    );
    this.offer = h(
      "div.tour-offer",
      { hidden: true, role: "note", "data-testid": "tour-offer" },
      h("span", t("guide.tour.offer.text")),
      h("button.link", { "data-testid": "tour-accept", onclick: () => this.start() }, t("guide.tour.offer.accept")),
      h("button.link", { "data-testid": "tour-decline", onclick: () => this.#decline() }, t("guide.tour.offer.decline")),
    );
    store.on(["tourStep", "voxels", "project", "login", "volumes"], () => this.#render());
    store.on(["labels", "plane", "mainPane", "volume"], () => this.#placeSoon());
    addEventListener("resize", () => this.#placeSoon());
  }

  /** Begin; the card has the focus, so that a screen reader reads it and Tab reaches its buttons. */
  start() {
    this.#before = /** @type {HTMLElement | null} */ (document.activeElement);
    this.tour.start();
    this.element.focus();
  }

  #decline() {
    this.tour.end();
    this.#render();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    this.tour.end();
  }

  #render() {
    const { tourStep, voxels } = this.store.state;
    this.offer.hidden = !this.tour.isOffered;
    const hadFocus = this.element.contains(document.activeElement);
    const step = tourStep === null || !voxels ? null : TOUR[tourStep];
    this.element.hidden = !step;
    if (!step || tourStep === null) {
      this.#mark(null);
      if (hadFocus) this.#before?.focus();
      return;
    }
    this.element.dataset.step = String(tourStep);
    setText(this.title, step.title);
    setText(this.text, step.text);
    setText(this.count, t("guide.tour.card.of", { step: tourStep + 1, steps: TOUR.length }));
    setText(this.nextButton, tourStep === TOUR.length - 1 ? t("dialogs.done") : t("guide.tour.card.next"));
    this.#placeSoon();
  }

  #placeSoon() {
    if (!this.#frame && !this.element.hidden) this.#frame = requestAnimationFrame(() => this.#place());
  }

  #place() {
    this.#frame = 0;
    const { tourStep } = this.store.state;
    if (tourStep === null || this.element.hidden) return;
    const { target } = TOUR[tourStep];
    this.#mark(document.querySelector(`[data-testid="${target}"]`));
    if (!this.#target) return;
    const { left, top } = besides(this.#target.getBoundingClientRect(), this.element.offsetWidth, this.element.offsetHeight);
    this.element.style.left = `${left}px`;
    this.element.style.top = `${top}px`;
  }

  /** @param {Element | null} target */
  #mark(target) {
    if (target === this.#target) return;
    this.#target?.classList.remove("tour-target");
    target?.classList.add("tour-target");
    this.#target = target;
  }
}

/**
 * Where the card goes: right of a narrow target, else above it or below, and never off the window. Of the image, which is
 * wide and high, it takes the upper right corner.
 * @param {Pick<DOMRect, "left" | "right" | "top" | "bottom">} box
 * @param {number} width of the card
 * @param {number} height
 */
export function besides(box, width, height) {
  const isRoomy = box.right - box.left > 1.5 * width && box.bottom - box.top > 1.5 * height;
  const isRight = !isRoomy && box.right + GAP + width <= innerWidth - 8;
  const isAbove = box.top - GAP - height >= 8;
  const left = isRoomy ? box.right - width - GAP : isRight ? box.right + GAP : box.left;
  const top = isRoomy ? box.top + GAP : isRight ? box.top : isAbove ? box.top - GAP - height : box.bottom + GAP;
  return { left: clamp(left, 8, Math.max(8, innerWidth - width - 8)), top: clamp(top, 8, Math.max(8, innerHeight - height - 8)) };
}

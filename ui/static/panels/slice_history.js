/** The versions of the slice on screen as small pictures, the newest first: looked at on the slice itself, restored with a click. */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { paintBlocker } from "../state/access.js";
import { sliceInText } from "../state/pictures.js";
import { sliceKind, sliceOnScreen } from "../state/slices.js";
import { changesBetween, changeText, versionText } from "../state/versions.js";
import { t } from "../words/index.js";
import { SlicePictures } from "../viewer/slice_pictures.js";

/**
 * @import { SliceVersion } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 * @import { SliceAddress } from "../controllers/slice_versions.js"
 * @typedef {Pick<import("../controllers/slice_versions.js").SliceVersionController, "list" | "labels" | "restore">} VersionIntents
 * @typedef {(version: {index: number, labels: Uint8Array, state: SliceVersion["state"]} | null) => void} Preview shows a version in place of the slice
 */

export class SliceHistory {
  #asked = 0;
  /** @type {SliceVersion | null} pointed at, or with the focus */
  #looked = null;
  /** @type {IntersectionObserver | null} draws pictures when they are scrolled to */
  #watcher = null;
  /** @type {Map<Element, () => void>} */
  #draws = new Map();
  /** @type {SliceAddress | null} the slice whose versions are listed */
  #listed = null;
  /** The last press was a finger's, which cannot point: its first tap looks. */
  #byFinger = globalThis.matchMedia?.("(pointer:coarse)").matches ?? false;
  /** @type {number | null} the version that a finger looks at: the next tap restores it */
  #tapped = null;

  /**
   * @param {Store} store
   * @param {{versions: VersionIntents, preview: Preview}} intents
   */
  constructor(store, { versions, preview }) {
    this.store = store;
    this.versions = versions;
    this.preview = preview;
    this.pictures = new SlicePictures(store);
    this.title = h("h2");
    this.list = h("ul.version-list", { "data-testid": "versions", "aria-label": t("slices.history.list"), onpointerleave: (event) => event.pointerType !== "touch" && this.#lookAway(), onpointerdown: (event) => void (this.#byFinger = event.pointerType === "touch") });
    this.note = h("p.dim");
    const close = h("button.icon-button.small", { title: t("slices.history.closeTitle"), "aria-label": t("slices.history.close"), "data-testid": "slice-history-close", onclick: () => this.close() }, icon("close", 15));
    this.element = h("section.slice-history", { hidden: true, "data-testid": "slice-history" }, h("header.panel-head", this.title, close), this.note, this.list);
    this.element.addEventListener("keydown", (event) => this.#onKey(event));
    store.on(["cursor", "plane"], () => this.#follow(), { now: false });
    store.on("annotations", () => void this.close(), { now: false }); // other slices are on screen
    store.on(["volume", "project", "login"], () => this.#hint(), { now: false }); // it may be frozen meanwhile
    store.when("slice-saved", ({ index }) => void (!this.element.hidden && index === sliceOnScreen(store.state) && this.#fill()));
  }

  toggle() {
    if (this.close() || !this.store.state.annotations) return;
    this.element.hidden = false;
    void this.#fill(true);
  }

  /** @returns {boolean} whether it was open */
  close() {
    const was = !this.element.hidden;
    this.#asked += 1;
    this.element.hidden = true;
    this.#clear();
    this.#lookAway();
    return was;
  }

  #clear() {
    this.#listed = null;
    this.list.replaceChildren();
  }

  #lookAway() {
    this.#looked = this.#tapped = null;
    this.preview(null);
  }

  #hint() {
    const blocked = paintBlocker(this.store.state);
    const kind = sliceKind(this.store.state);
    const way = this.#byFinger ? "tap" : "point";
    if (!this.#listed) setText(this.note, t("slices.history.reading"));
    else if (!this.list.querySelector("button")) setText(this.note, t(`slices.history.${kind}.empty`));
    else setText(this.note, blocked ? t(`slices.history.${kind}.${way}Blocked`, { why: blocked }) : t(`slices.history.${kind}.${way}`));
  }

  #follow() {
    if (this.element.hidden) return;
    this.#lookAway();
    void this.#fill();
  }

  /** @param {boolean} [focus] the first version */
  async #fill(focus = false) {
    const asked = ++this.#asked;
    const index = sliceOnScreen(this.store.state);
    setAttr(this.element, "aria-label", t(`slices.history.${sliceKind(this.store.state)}.label`));
    setText(this.title, t("slices.history.of", { slice: sliceInText(this.store.state, index) }));
    if (this.#listed?.index !== index || this.#listed.plane !== this.store.state.annotations?.plane) this.#clear();
    this.list.setAttribute("aria-busy", "true");
    this.#hint();
    const found = await this.versions.list();
    if (asked !== this.#asked) return;
    this.list.setAttribute("aria-busy", "false");
    if (!found) return setText(this.note, t("slices.history.failed"));
    const { address, versions } = found;
    const focused = this.list.contains(document.activeElement) ? document.activeElement?.getAttribute("data-version") : null;
    this.#draws.clear();
    this.#watcher?.disconnect();
    this.#watcher = typeof IntersectionObserver === "undefined" ? null : new IntersectionObserver((entries) => entries.forEach(({ isIntersecting, target }) => isIntersecting && this.#draw(target)), { root: this.list });
    this.#listed = address;
    this.list.replaceChildren(...versions.map((version, n) => this.#row(address, version, n === 0)));
    this.#hint();
    const goTo = focused ? `[data-version="${focused}"]` : focus ? "button" : null;
    if (goTo) /** @type {HTMLElement | null} */ (this.list.querySelector(goTo))?.focus();
  }

  /**
   * @param {SliceAddress} address
   * @param {SliceVersion} version
   * @param {boolean} isLatest
   */
  #row(address, version, isLatest) {
    const canvas = h("canvas.version-picture");
    const { title, by } = versionText(version);
    const changes = h("span.num.version-changes");
    const show = async () => {
      this.#looked = version;
      const labels = await this.versions.labels(address, version.version).catch(() => null);
      if (labels && this.#looked === version) this.preview({ index: address.index, labels, state: version.state });
    };
    const press = () => {
      if (!this.#byFinger || this.#tapped === version.version) {
        this.#tapped = null;
        return void (!isLatest && this.versions.restore(address, version));
      }
      void show();
      this.#tapped = version.version;
      this.#hint();
    };
    const button = h("button.version", { "data-testid": "version", "data-version": version.version, "aria-current": isLatest ? "true" : null, onclick: press, onfocus: show, onblur: () => this.#lookAway() }, canvas, h("span.version-text", h("strong", title, isLatest && h("span.dim", ` ${t("slices.history.now")}`)), h("span.dim", by), changes));
    const element = h("li", { onpointerenter: show }, button);
    const draw = async () => {
      const [labels, before] = await Promise.all([this.versions.labels(address, version.version), this.versions.labels(address, version.version - 1)]);
      this.pictures.draw(/** @type {HTMLCanvasElement} */ (canvas), address, labels);
      const changed = changesBetween(before, labels, this.store.state.labels);
      changes.replaceChildren(...(changed.length ? changed.map((each) => h("span", { style: { color: each.color } }, changeText(each, sliceKind(this.store.state)))) : [h("span.dim", t("slices.history.same"))]));
    };
    this.#draws.set(element, () => void draw().catch(() => {}));
    if (this.#watcher) this.#watcher.observe(element);
    else this.#draw(element);
    return element;
  }

  /** @param {Element} element */
  #draw(element) {
    const draw = this.#draws.get(element);
    this.#draws.delete(element);
    this.#watcher?.unobserve(element);
    draw?.();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    this.#byFinger = false;
    if (event.key === "Escape") this.close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else return;
    event.preventDefault();
    event.stopPropagation(); // the arrows change slices elsewhere
  }

  /** @param {number} by rows */
  #move(by) {
    const buttons = /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("button.version")]);
    const at = buttons.findIndex((button) => button === document.activeElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, at + by))]?.focus();
  }
}

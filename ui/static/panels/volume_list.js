/** The volumes of the project: rows with a thumbnail, which are searched, filtered, sorted and opened. */
import { KeyedList } from "../lib/arrange.js";
import { confirmDialog, promptDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, toggleMenu } from "../lib/menu.js";
import { mayWrite } from "../state/access.js";
import { ALL_BY_DATE, FILTERS, isOf, listed, ORDERS, qualityFacts, reviewFacts, volumeFacts, volumeSize, volumeStatus } from "../state/volume_list.js";
import { enumerated, t } from "../words/index.js";
import { offersReading, openReadersDialog } from "./readings.js";
import { thumbnail } from "./thumbnail.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Modality, VolumeSummary } from "../api/types.d.ts"
 * @import { VolumeFilter } from "../state/volume_list.js"
 *
 * @typedef {object} ListIntents
 * @property {Pick<import("../controllers/project.js").ProjectController, "removeVolume" | "recallList" | "rememberList">} project
 * @property {Pick<import("../controllers/volume.js").VolumeController, "open" | "rename" | "changeModality">} volume
 * @property {import("./readings.js").ReadingIntents} readings
 * @property {Pick<import("../controllers/server.js").Links, "thumbnail">} links
 */

const MIN_SEARCHED = 7; // of fewer volumes all are seen at a glance

/** What a volume can be read as; it decides the windows. @type {Modality[]} */
const MODALITIES = ["CT", "MR", "OT"];

/** Which row the keyboard goes to, by key. @type {Record<string, (at: number, last: number) => number>} */
const MOVES = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
};

export class VolumeList {
  /** @type {VolumeFilter} */
  #filter = ALL_BY_DATE;
  /** @type {string | null} id of the volume whose row Tab goes to */
  #current = null;

  /**
   * @param {Store} store
   * @param {ListIntents} intents
   */
  constructor(store, { project, volume, readings, links }) {
    this.store = store;
    this.readings = readings;
    this.project = project;
    this.volume = volume;
    this.links = links;
    const oninput = () => this.#show({ text: this.search.value });
    const onkeydown = (/** @type {KeyboardEvent} */ event) => event.key === "ArrowDown" && this.#move(event, () => 0);
    /** @type {HTMLInputElement} */
    this.search = h("input.input.inline", { type: "search", placeholder: t("volumes.list.find"), "aria-label": t("volumes.list.findLabel"), "data-testid": "volume-search", oninput, onkeydown });
    const onclick = () => this.#filterMenu();
    this.filterButton = h("button.icon-button.small", { title: t("volumes.list.sortAndFilter"), "aria-label": t("volumes.list.sortAndFilterLabel"), "aria-haspopup": "menu", "data-testid": "volume-filter", onclick }, icon("sliders", 16));
    this.count = h("span.volume-count.num", { role: "status", "data-testid": "volume-count" });
    this.controls = h("div.volume-controls", { hidden: true }, this.search, this.count, this.filterButton);
    this.list = h("ul.volume-list", { "aria-label": t("volumes.list.title") });
    this.rows = new KeyedList(this.list, { key: (/** @type {VolumeSummary} */ each) => each.id, create: (each) => this.#row(each.id) });
    store.on("project", ({ project: open }) => {
      this.#filter = open ? project.recallList(open.id) : ALL_BY_DATE;
      this.search.value = "";
    });
    store.on(["volumes", "volume", "project", "login"], () => this.#render());
    store.when("slice-edited", () => this.#render());
    store.when("annotations-loaded", () => this.#render());
  }

  /** @param {Partial<VolumeFilter>} change */
  #show(change) {
    this.#filter = { ...this.#filter, ...change };
    const { project } = this.store.state;
    if (project) this.project.rememberList(project.id, this.#filter);
    this.#render();
  }

  #render() {
    const { volumes, volume } = this.store.state;
    this.controls.hidden = volumes.length < MIN_SEARCHED;
    const found = listed(volumes, this.controls.hidden ? ALL_BY_DATE : this.#filter); // nothing would say that some are left out
    const isFiltered = Boolean(this.#filter.text.trim() || this.#filter.state);
    setText(this.count, isFiltered ? t("volumes.list.found", { found: found.length, total: volumes.length }) : String(volumes.length));
    this.filterButton.classList.toggle("on", Boolean(this.#filter.state) || this.#filter.order !== "date");
    const ids = found.map(({ id }) => id);
    if (!this.#current || !ids.includes(this.#current)) this.#current = volume && ids.includes(volume.id) ? volume.id : (ids[0] ?? null);
    this.rows.update(found);
  }

  #filterMenu() {
    const { state, order } = this.#filter;
    const count = (/** @type {VolumeFilter["state"]} */ each) => String(this.store.state.volumes.filter((volume) => isOf(volume, each)).length);
    toggleMenu(this.filterButton, [
      menuHeading(t("volumes.list.sortBy")),
      ORDERS.map((each) => menuItem(each.text, () => this.#show({ order: each.order }), { checked: each.order === order, testid: `volume-order-${each.order}` })),
      h("hr"),
      menuHeading(t("volumes.list.show")),
      menuItem(t("volumes.list.all"), () => this.#show({ state: null }), { checked: !state, hint: String(this.store.state.volumes.length), testid: "volume-state-all" }),
      FILTERS.map(([each, text]) => menuItem(text, () => this.#show({ state: each }), { checked: each === state, hint: count(each), testid: `volume-state-${each}` })),
    ]);
  }

  /** @param {string} id */
  #row(id) {
    const picture = thumbnail();
    const name = h("span.volume-name");
    const [status, size] = [h("span.ellipsis"), h("span")];
    const facts = h("span.volume-meta.volume-facts.num", status, size);
    const quality = h("span.volume-meta.num");
    const reviewed = h("span.volume-meta.volume-review", { "data-testid": "volume-review" });
    /** @type {HTMLButtonElement} */
    const more = h("button.icon-button.small", { "data-testid": "volume-menu", onclick: (/** @type {Event} */ event) => this.#volumeMenu(event, more, id) }, icon("dots", 15));
    const open = () => this.volume.open(id);
    const onkeydown = (/** @type {KeyboardEvent} */ event) => MOVES[event.key] && this.#move(event, MOVES[event.key]);
    const onfocus = () => this.#goTo(id);
    const text = h("button.volume-text", { "data-testid": "volume-open", onkeydown, onfocus }, name, facts, reviewed, quality); // a click on it reaches the row
    const element = h("li.volume-row", { "data-testid": "volume-item", "data-id": id, onclick: open }, picture.element, text, more);
    const update = (/** @type {VolumeSummary} */ volume) => {
      const active = this.store.state.volume?.id === id;
      element.classList.toggle("active", active);
      setAttr(text, "aria-current", String(active));
      for (const each of [text, more]) setAttr(each, "tabindex", this.#current === id ? "0" : "-1");
      picture.update(this.links.thumbnail(volume), volume.pictures?.length ? "" : volume.modality || "\u2013");
      setText(name, volume.name);
      setAttr(name, "title", volume.name);
      const book = active ? this.store.state.annotations : null;
      setText(status, volumeStatus(volume, book));
      setText(size, volumeSize(volume));
      setAttr(facts, "title", volumeFacts(volume, book));
      const { short, long } = qualityFacts(volume);
      setText(quality, short);
      setAttr(quality, "title", long);
      quality.hidden = !short;
      setText(reviewed, reviewFacts(volume));
      setAttr(reviewed, "data-state", volume.review?.state);
      reviewed.hidden = !reviewed.textContent;
      setAttr(text, "aria-label", enumerated([volume.name, !volume.pictures?.length && volume.modality, facts.textContent, reviewed.textContent, long]));
      setAttr(more, "aria-label", t("page.moreAbout", { name: volume.name }));
      more.hidden = !mayWrite(this.store.state) && !volume.notes;
    };
    return { element, update };
  }

  /** Tab goes to this row from now on. @param {string} id */
  #goTo(id) {
    if (this.#current === id) return;
    this.#current = id;
    this.#render();
  }

  /**
   * Focus another row.
   * @param {KeyboardEvent} event
   * @param {(at: number, last: number) => number} where
   */
  #move(event, where) {
    event.preventDefault();
    event.stopPropagation(); // the arrows change slices elsewhere
    const texts = /** @type {NodeListOf<HTMLElement>} */ (this.list.querySelectorAll(".volume-text"));
    const at = [...texts].findIndex((text) => text === event.currentTarget);
    texts[where(at, texts.length - 1)]?.focus();
  }

  /**
   * @param {Event} event
   * @param {HTMLElement} anchor
   * @param {string} id
   */
  #volumeMenu(event, anchor, id) {
    event.stopPropagation();
    const volume = this.store.state.volumes.find((each) => each.id === id);
    if (!volume) return;
    toggleMenu(anchor, [
      volume.notes && h("p.menu-note", { "data-testid": "volume-notes" }, volume.notes),
      ...(mayWrite(this.store.state) ? this.#volumeItems(volume) : []),
    ]);
  }

  /** @param {VolumeSummary} volume */
  #volumeItems(volume) {
    return [
      menuItem(t("dialogs.renameItem"), () => this.#renameVolume(volume)),
      offersReading(this.store.state, volume) && menuItem(t("volumes.read.item"), () => void openReadersDialog(volume, { readings: this.readings }), { hint: t("volumes.read.itemHint"), testid: "volume-read" }),
      h("hr"),
      menuHeading(t("volumes.modality.readAs")),
      ...MODALITIES.map((modality) =>
        menuItem(t(`volumes.modality.${modality}`), () => this.volume.changeModality(volume, modality), { checked: modality === volume.modality, hint: t(`volumes.modality.${modality}Hint`), testid: "volume-modality" }),
      ),
      h("hr"),
      menuItem(t("volumes.delete.item"), () => this.#deleteVolume(volume), { danger: true, testid: "volume-delete" }),
    ];
  }

  /** @param {VolumeSummary} volume */
  async #renameVolume(volume) {
    const name = await promptDialog(t("volumes.rename.title"), t("projects.new.name"), volume.name, t("dialogs.rename"));
    if (name) await this.volume.rename(volume, name);
  }

  /** @param {VolumeSummary} volume */
  async #deleteVolume(volume) {
    const confirmed = await confirmDialog(t("dialogs.delete", { name: volume.name }), t("volumes.delete.what"), t("volumes.delete.do"));
    if (confirmed) await this.project.removeVolume(volume);
  }
}

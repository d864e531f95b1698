/** What can be taken away once there is a mask. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { archivesForMask } from "../state/archives.js";
import { isPictures } from "../state/pictures.js";
import { takeBlocker } from "../state/runs.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

const FORMATS = /** @type {const} */ (["nifti", "bundle", "labels", "slicer", "stl", "obj", "glb", "statistics", "provenance", "report"]);
const OF_DICOM = /** @type {const} */ (["seg", "seg_label_map", "rtstruct"]);
const OF_PICTURES = /** @type {const} */ (["png", "coco", "statistics", "provenance", "report"]);

export class Downloads {
  /**
   * @param {Store} store
   * @param {{
   *   view: Pick<import("../controllers/view.js").ViewController, "downloaded">,
   *   runs: Pick<import("../controllers/run.js").RunController, "take">,
   *   archives: Pick<import("../controllers/archives.js").ArchiveController, "send">,
   *   links: Pick<import("../controllers/server.js").Links, "download">,
   * }} given
   */
  constructor(store, { view, runs, links, archives }) {
    this.store = store;
    this.view = view;
    this.runs = runs;
    this.links = links;
    this.archives = archives;
    this.button = h("button.button.small", { "data-testid": "download", "aria-haspopup": "menu", onclick: () => this.#open() }, icon("download", 16), h("span", t("downloads.button")));
    store.on(["mask", "annotations", "labels", "run", "launching", "loading", "loggedOut", "project", "volume", "voxels"], () => this.#offer());
    store.when("slice-edited", () => this.#offer());
  }

  #offer() {
    const { state } = this.store;
    const hasSome = Boolean(state.mask) || takeBlocker(state) === null;
    this.button.disabled = !hasSome;
    this.button.title = hasSome ? t("downloads.buttonHint") : t(`downloads.nothing.${sliceKind(state)}`);
  }

  /** What can be done about paint that is in no mask. @returns {import("../lib/dom.js").Child[]} */
  #toTake() {
    const { state } = this.store;
    const { mask, editedSinceRun } = state;
    if (mask && !editedSinceRun) return [];
    const note = h("p.menu-note", t(mask ? "downloads.paintedSince" : "downloads.notPropagated"));
    if (takeBlocker(state) !== null) return mask ? [note] : [];
    const hint = mask ? t("downloads.takeAgainHint") : t(`downloads.takeHint.${sliceKind(state)}`);
    return [note, menuItem(t(mask ? "downloads.takeAgain" : "downloads.take"), () => void this.#take(), { hint, testid: "take-mask" })];
  }

  async #take() {
    if (await this.runs.take()) this.#open();
  }

  #open() {
    const { mask, volume } = this.store.state;
    const toTake = this.#toTake();
    if (!mask) return void (toTake.length && toggleMenu(this.button, toTake, { align: "right", testid: "download-menu" }));
    const pictures = isPictures(this.store.state);
    const ofScan = [...(volume?.has_headers ? OF_DICOM : []), ...FORMATS, ...(mask.has_confidence ? /** @type {const} */ (["confidence"]) : [])];
    const formats = pictures ? OF_PICTURES : ofScan;
    const items = formats.map((format) => {
      const text = pictures && format === "statistics" ? t("downloads.format.statisticsOfPictures") : t(`downloads.format.${format}`);
      return menuItem(text, () => this.view.downloaded(), { hint: t(`downloads.format.${format}Hint`), href: this.links.download(mask.id, format), testid: `download-${format}` });
    });
    const sends = archivesForMask(this.store.state).map((each) => menuItem(t("archives.send.item", { archive: each.name }), () => void this.archives.send(each, mask.id), { testid: `send-${each.id}` }));
    toggleMenu(this.button, [...toTake, ...items, sends.length > 0 && h("hr"), ...sends], { align: "right", testid: "download-menu" });
  }
}

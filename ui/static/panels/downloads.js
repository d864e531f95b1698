/** What can be taken away once there is a mask. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { isPictures } from "../state/pictures.js";
import { t } from "../words/index.js";

/** @import { Store } from "../state/store.js" */

const FORMATS = /** @type {const} */ (["nifti", "bundle", "labels", "slicer", "statistics", "provenance", "report"]);
const OF_DICOM = /** @type {const} */ (["seg", "seg_label_map", "rtstruct"]);
const OF_PICTURES = /** @type {const} */ (["png", "coco", "statistics", "provenance", "report"]);

export class Downloads {
  /**
   * @param {Store} store
   * @param {{
   *   view: Pick<import("../controllers/view.js").ViewController, "downloaded">,
   *   links: Pick<import("../controllers/server.js").Links, "download">,
   * }} given
   */
  constructor(store, { view, links }) {
    this.store = store;
    this.view = view;
    this.links = links;
    this.button = h("button.button.small", { "data-testid": "download", "aria-haspopup": "menu", onclick: () => this.#open() }, icon("download", 16), h("span", t("downloads.button")));
    store.on("mask", ({ mask }) => {
      this.button.disabled = !mask;
      this.button.title = mask ? t("downloads.buttonHint") : t("downloads.nothing");
    });
  }

  #open() {
    const { mask, volume, editedSinceRun } = this.store.state;
    if (!mask) return;
    const pictures = isPictures(this.store.state);
    const ofScan = [...(volume?.has_headers ? OF_DICOM : []), ...FORMATS, ...(mask.has_confidence ? /** @type {const} */ (["confidence"]) : [])];
    const formats = pictures ? OF_PICTURES : ofScan;
    const items = formats.map((format) => {
      const text = pictures && format === "statistics" ? t("downloads.format.statisticsOfPictures") : t(`downloads.format.${format}`);
      return menuItem(text, () => this.view.downloaded(), { hint: t(`downloads.format.${format}Hint`), href: this.links.download(mask.id, format), testid: `download-${format}` });
    });
    const note = editedSinceRun && h("p.menu-note", t("downloads.paintedSince"));
    toggleMenu(this.button, [note, ...items], { align: "right", testid: "download-menu" });
  }
}

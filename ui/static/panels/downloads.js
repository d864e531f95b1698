/** What can be taken away once there is a mask. */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { isPictures } from "../state/pictures.js";

/** @import { Store } from "../state/store.js" */

const ALWAYS = [
  ["provenance", "Where each label comes from", ".json"],
  ["report", "Report with pictures", ".html, to read or print"],
];
const FORMATS = [
  ["nifti", "Mask", ".nii.gz, on the scan's grid"],
  ["bundle", "Mask with label names", ".zip"],
  ["labels", "One file per label", ".zip"],
  ["statistics", "Volumes, intensities, extent", ".csv"],
  ...ALWAYS,
];
const OF_PICTURES = [
  ["png", "Masks as PNG", ".zip, one a picture, with COCO"],
  ["coco", "COCO", ".json, all masks in one file"],
  ["statistics", "Sizes and intensities", ".csv"],
  ...ALWAYS,
];
const CONFIDENCE = ["confidence", "Confidence map", ".nii.gz, in percent"];

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
    this.button = h("button.button.small", { "data-testid": "download", "aria-haspopup": "menu", onclick: () => this.#open() }, icon("download", 16), h("span", "Download"));
    store.on("mask", ({ mask }) => {
      this.button.disabled = !mask;
      this.button.title = mask ? "Download masks and volumes" : "Nothing to download yet: propagate first";
    });
  }

  #open() {
    const { mask, editedSinceRun } = this.store.state;
    if (!mask) return;
    const formats = isPictures(this.store.state) ? OF_PICTURES : mask.has_confidence ? [...FORMATS, CONFIDENCE] : FORMATS;
    const items = formats.map(([format, text, hint]) =>
      menuItem(text, () => this.view.downloaded(), { hint, href: this.links.download(mask.id, format), testid: `download-${format}` }),
    );
    const note = editedSinceRun && h("p.menu-note", "What you painted since the last run is not in these files yet: propagate again.");
    toggleMenu(this.button, [note, ...items], { align: "right", testid: "download-menu" });
  }
}

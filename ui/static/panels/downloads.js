/** What can be taken away once there is a mask. */
import { url } from "../api/client.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";

const FORMATS = [
  ["nifti", "Mask", ".nii.gz, on the scan's grid"],
  ["bundle", "Mask with label names", ".zip"],
  ["labels", "One file per label", ".zip"],
  ["csv", "Volumes in mL", ".csv"],
];
const CONFIDENCE = ["confidence", "Confidence map", ".nii.gz, in percent"];

export class Downloads {
  /** `changed` tells whether slices were painted since the mask was made. */
  constructor(store, { changed }) {
    Object.assign(this, { store, changed });
    this.button = h("button.button.small", { "data-testid": "download", "aria-haspopup": "menu", onclick: () => this.#open() }, icon("download", 16), h("span", "Download"));
    store.on("mask", ({ mask }) => {
      this.button.disabled = !mask;
      this.button.title = mask ? "Download masks and volumes" : "Nothing to download yet: propagate first";
    });
  }

  #open() {
    const { mask } = this.store.state;
    if (!mask) return;
    const formats = mask.has_confidence ? [...FORMATS, CONFIDENCE] : FORMATS;
    const items = formats.map(([format, text, hint]) =>
      menuItem(text, () => this.store.set({ downloaded: true }), { hint, href: url(`api/masks/${mask.id}/download?format=${format}`), testid: `download-${format}` }),
    );
    const note = this.changed() && h("p.menu-note", "What you painted since the last run is not in these files yet: propagate again.");
    toggleMenu(this.button, [note, ...items], { align: "right", testid: "download-menu" });
  }
}

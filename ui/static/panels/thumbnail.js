/** A small picture of a volume, which the server may still have to make. */
import { h, setText } from "../lib/dom.js";

const WAITS_MS = [3000, 10000, 30000];

/** The picture, with what the volume is a scan of in its corner. */
export function thumbnail() {
  const modality = h("span.modality");
  /** @type {HTMLImageElement} */
  const image = h("img", { alt: "", loading: "lazy", draggable: "false" }); // one that is hidden would never load
  const show = (/** @type {boolean} */ isThere) => image.classList.toggle("shown", isThere);
  let address = "";
  let tries = 0;
  image.addEventListener("load", () => show(true));
  image.addEventListener("error", () => {
    show(false);
    const failed = address;
    const wait = WAITS_MS[tries];
    tries += 1;
    if (wait) setTimeout(() => void (failed === address && (image.src = `${address}&try=${tries}`)), wait);
  });
  const element = h("span.thumbnail", image, modality);
  const update = (/** @type {string} */ wanted, /** @type {string} */ text) => {
    setText(modality, text);
    if (wanted === address) return;
    address = wanted;
    tries = 0;
    image.src = wanted;
  };
  return { element, update };
}

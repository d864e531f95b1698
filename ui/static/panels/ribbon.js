/**
 * The strip along the annotation plane's slices: where is painted, marked empty, predicted, suggested, and where you
 * are. Click or drag to jump; arrow keys when focused.
 */
import { clamp, h } from "../lib/dom.js";
import { doubtColour } from "../viewer/uncertainty_layer.js";
import { suggestSlices } from "./suggest.js";

const PAD = 10;

export class Ribbon {
  constructor(store, { goTo, book }) {
    Object.assign(this, { store, goTo, book });
    this.canvas = h("canvas");
    this.tip = h("div.ribbon-tip.num", { hidden: true });
    this.element = h(
      "div.ribbon",
      { "data-testid": "ribbon", role: "slider", tabindex: "0", "aria-label": "Slice position", "aria-valuemin": "1" },
      this.canvas,
      this.tip,
    );
    this.#listen();
    new ResizeObserver(() => this.draw()).observe(this.element);
    store.on(["cursor", "plane", "voxels", "labels", "hiddenLabels", "mask", "volume", "showDoubt"], () => this.draw());
    store.when("slice-edited", () => this.draw());
    store.when("book-loaded", () => this.draw());
  }

  #listen() {
    const jump = (event) => this.goTo(this.#sliceAt(event.clientX));
    this.element.addEventListener("pointerdown", (event) => {
      if (!this.count) return;
      this.element.setPointerCapture(event.pointerId);
      this.dragging = true;
      const suggested = this.suggested.find((slice) => Math.abs(this.#x(slice) - this.#localX(event.clientX)) < 7);
      if (suggested !== undefined) this.goTo(suggested);
      else jump(event);
    });
    this.element.addEventListener("pointermove", (event) => {
      if (!this.count) return;
      if (this.dragging && event.buttons) jump(event);
      this.#showTip(event);
    });
    this.element.addEventListener("pointerup", () => (this.dragging = false));
    this.element.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.element.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      this.goTo(this.current + step);
    });
  }

  get count() {
    const { voxels, plane } = this.store.state;
    return voxels ? voxels.size(plane).slices : 0;
  }

  get current() {
    const { cursor, plane } = this.store.state;
    return cursor[{ axial: 2, coronal: 1, sagittal: 0 }[plane]];
  }

  get #step() {
    return (this.element.clientWidth - 2 * PAD) / Math.max(1, this.count);
  }

  /** Centre of a slice in CSS pixels from the strip's left edge. */
  #x(slice) {
    return PAD + (slice + 0.5) * this.#step;
  }

  #localX(clientX) {
    return clientX - this.element.getBoundingClientRect().left;
  }

  #sliceAt(clientX) {
    return clamp(Math.floor((this.#localX(clientX) - PAD) / this.#step), 0, this.count - 1);
  }

  #showTip(event) {
    const slice = this.#sliceAt(event.clientX);
    const book = this.book();
    const notes = {
      painted: "painted",
      empty: "holds nothing",
      cleared: this.suggested.includes(slice) ? (this.#doubt ? "in doubt: check and paint here" : "suggested: paint here") : "",
    };
    const note = notes[book?.state(slice) ?? "cleared"];
    this.tip.textContent = note ? `${slice + 1} \u00b7 ${note}` : String(slice + 1);
    this.tip.hidden = false;
    const half = this.tip.offsetWidth / 2;
    this.tip.style.left = `${clamp(this.#x(slice), half + 4, this.element.clientWidth - half - 4)}px`;
  }

  draw() {
    const width = this.element.clientWidth;
    const height = this.element.clientHeight;
    const ratio = window.devicePixelRatio || 1;
    if (!width || !height) return;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d");
    context.scale(ratio, ratio);
    this.suggested = this.#suggestions();
    if (!this.count) return;
    this.element.setAttribute("aria-valuemax", this.count);
    this.element.setAttribute("aria-valuenow", this.current + 1);
    this.#drawTrack(context, width, height);
    this.#drawDoubt(context, height);
    this.#drawMask(context, height);
    this.#drawSlices(context, height);
    this.#drawSuggestions(context, height);
    this.#drawCurrent(context, height);
  }

  #suggestions() {
    const { volume, voxels, plane, mask } = this.store.state;
    const book = this.book();
    if (!voxels || !book || !volume) return [];
    return suggestSlices({
      count: this.count,
      stepMm: voxels.size(plane).sliceStepMm,
      painted: book.indices("painted"),
      empty: book.indices("empty"),
      extent: mask?.extents ? maskRange(mask.extents) : null,
      doubt: this.#doubt,
    });
  }

  /** Expected wrong voxels of each slice of this plane, or null. */
  get #doubt() {
    const { mask, plane } = this.store.state;
    const doubt = mask?.slice_uncertainty?.[plane];
    return doubt?.length === this.count && doubt.some((each) => each > 0) ? doubt : null;
  }

  #drawTrack(context, width, height) {
    context.fillStyle = "#1b2026";
    context.beginPath();
    context.roundRect(PAD, 8, width - 2 * PAD, height - 16, 4);
    context.fill();
    context.fillStyle = "#2b333d";
    const every = [5, 10, 20, 50, 100].find((each) => each * this.#step >= 24) ?? 200;
    for (let slice = every - 1; slice < this.count - 1; slice += every) context.fillRect(this.#x(slice) - 0.5, height - 15, 1, 4);
    const encoding = this.store.state.volume?.encoding;
    if (!encoding?.total || encoding.state === "done") return;
    context.fillStyle = "#3d4a5a";
    context.fillRect(PAD, height - 10, (width - 2 * PAD) * (encoding.done / encoding.total), 2);
  }

  /** While doubt is shown: bars that rise with the doubt of slices nobody looked at. */
  #drawDoubt(context, height) {
    const doubt = this.#doubt;
    const book = this.book();
    if (!this.store.state.showDoubt || !doubt || !book) return;
    const open = doubt.map((value, slice) => (book.state(slice) === "cleared" ? value : 0));
    const most = Math.max(...open);
    open.forEach((value, slice) => {
      if (value < most * 0.04) return;
      const amount = value / most;
      context.fillStyle = `rgba(${doubtColour(amount)}, ${0.35 + 0.5 * amount})`;
      const top = (height - 18) * amount;
      context.fillRect(this.#x(slice) - this.#step / 2, height - 9 - top, Math.max(1, this.#step - (this.#step > 4 ? 1 : 0)), top);
    });
  }

  /** One thin lane per visible label that the prediction holds. */
  #drawMask(context, height) {
    const { mask, labels, hiddenLabels } = this.store.state;
    if (!mask?.extents) return;
    const shown = labels.filter((label) => mask.extents.has(label.value) && !hiddenLabels.has(label.value));
    const lane = Math.min(5, (height - 20) / Math.max(1, shown.length));
    const top = height / 2 - (lane * shown.length) / 2;
    shown.forEach((label, row) => {
      context.fillStyle = label.color;
      context.globalAlpha = 0.5;
      for (const [from, to] of mask.extents.get(label.value)) {
        const x = this.#x(from) - this.#step / 2;
        context.fillRect(x, top + row * lane, Math.max(1.5, (to - from + 1) * this.#step), Math.max(1, lane - 1));
      }
    });
    context.globalAlpha = 1;
  }

  #drawSlices(context, height) {
    const book = this.book();
    if (!book) return;
    const { labels } = this.store.state;
    const width = clamp(this.#step, 3, 7);
    for (const slice of book.indices("painted")) {
      const values = book.values(slice);
      const part = (height - 16) / Math.max(1, values.length);
      values.forEach((value, row) => {
        context.fillStyle = labels.find((label) => label.value === value)?.color ?? "#fff";
        context.fillRect(this.#x(slice) - width / 2, 8 + row * part, width, part);
      });
    }
    context.strokeStyle = "#9aa3ad";
    context.lineWidth = 1.25;
    for (const slice of book.indices("empty")) context.strokeRect(this.#x(slice) - width / 2, 10, width, height - 20);
  }

  #drawSuggestions(context, height) {
    for (const slice of this.suggested) {
      const x = this.#x(slice);
      context.strokeStyle = this.store.state.showDoubt && this.#doubt ? "#ffd9a0" : "#8ab8ff";
      context.lineWidth = 1;
      context.setLineDash([2, 3]);
      context.beginPath();
      context.moveTo(x, 12);
      context.lineTo(x, height - 12);
      context.stroke();
      context.setLineDash([]);
      context.fillStyle = "#10141a";
      context.beginPath();
      context.arc(x, height / 2, 4, 0, 2 * Math.PI);
      context.fill();
      context.stroke();
    }
  }

  #drawCurrent(context, height) {
    const x = this.#x(this.current);
    context.fillStyle = "#f2f5f8";
    context.fillRect(x - 1, 3, 2, height - 6);
    context.beginPath();
    context.moveTo(x - 5, 1);
    context.lineTo(x + 5, 1);
    context.lineTo(x, 8);
    context.fill();
  }
}

function maskRange(extents) {
  const runs = [...extents.values()].flat();
  if (!runs.length) return null;
  return [Math.min(...runs.map(([from]) => from)), Math.max(...runs.map(([, to]) => to))];
}

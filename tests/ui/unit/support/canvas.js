/** A canvas that keeps its pixels, for the parts of the page that write them; lines and shapes are only noted. */
import { FakeElement } from "./dom.js";

/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} FakeImage */

export class FakeContext {
  /** @type {[string, ...unknown[]][]} method and arguments, in order */
  calls = [];
  /** @type {Uint32Array} RGBA words */
  pixels = new Uint32Array(0);

  /** @param {FakeCanvas} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    for (const name of METHODS) {
      Object.assign(this, { [name]: (/** @type {unknown[]} */ ...values) => void this.calls.push([name, ...values]) });
    }
  }

  /** The words, as many as the canvas has pixels now. */
  #words() {
    const count = this.canvas.width * this.canvas.height;
    if (this.pixels.length !== count) this.pixels = new Uint32Array(count);
    return this.pixels;
  }

  /**
   * @param {number} width
   * @param {number} height
   * @returns {FakeImage}
   */
  createImageData(width, height) {
    if (!width || !height) throw new Error("an image needs a width and a height");
    return { width, height, data: new Uint8ClampedArray(width * height * 4) };
  }

  /**
   * @param {FakeImage} image
   * @param {number} left
   * @param {number} top
   */
  putImageData({ width, height, data }, left, top) {
    const words = new Uint32Array(data.buffer);
    this.#each(left, top, width, height, (at, from) => (this.#words()[at] = words[from]));
  }

  /**
   * @param {number} left
   * @param {number} top
   * @param {number} width
   * @param {number} height
   */
  clearRect(left, top, width, height) {
    this.#each(left, top, width, height, (at) => (this.#words()[at] = 0));
  }

  /** @param {number} left @param {number} top @param {number} width @param {number} height @param {(at: number, from: number) => void} visit */
  #each(left, top, width, height, visit) {
    const right = Math.min(left + width, this.canvas.width);
    const bottom = Math.min(top + height, this.canvas.height);
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) visit(y * this.canvas.width + x, (y - top) * width + x - left);
    }
  }

  /** Alpha of each pixel, 0..255. */
  alphas() {
    return [...this.#words()].map((word) => word >>> 24);
  }
}

const METHODS = ["save", "restore", "beginPath", "rect", "clip", "fill", "stroke", "moveTo", "lineTo", "arc", "fillRect", "drawImage", "setLineDash", "fillText", "createPattern"];

export class FakeCanvas extends FakeElement {
  width = 300;
  height = 150;
  #context = new FakeContext(this);

  constructor() {
    super("canvas");
  }

  getContext() {
    return this.#context;
  }
}

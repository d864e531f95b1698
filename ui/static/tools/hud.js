/** What a tool needs to draw over a slice: where things are on the canvas, and in which colour. */

/** @import { AppState } from "../state/types.d.ts" */
/** @import { SliceView } from "../viewer/slice_view.js" */
/** @import { Gesture } from "./gesture.js" */
/** @import { Point } from "./tool.js" */

export class Hud {
  /**
   * @param {SliceView} view
   * @param {object} scene
   * @param {AppState} scene.settings the store's state
   * @param {Gesture | null} scene.gesture the gesture that is going on
   * @param {{ x: number, y: number } | null} scene.client the pointer in client pixels while it is over the pane
   */
  constructor(view, { settings, gesture, client }) {
    this.settings = settings;
    this.gesture = gesture;
    this.pixelRatio = view.pixelRatio; // canvas pixels a CSS pixel
    this.map = view.map;
    /** @type {Point | null} */
    this.pointer = client && view.clientToDisplay(client.x, client.y);
  }

  /** Canvas pixels a millimetre. */
  get pixelsPerMm() {
    return this.map.pixelsPerMm;
  }

  /** The active label's CSS colour. */
  get colour() {
    const { labels, activeLabel } = this.settings;
    return labels.find((label) => label.value === activeLabel)?.color ?? "#ffffff";
  }

  /**
   * Canvas pixels of a place on the slice.
   *
   * @param {Point} point
   */
  place({ column, row }) {
    return { x: this.map.x + column * this.map.scaleX, y: this.map.y + row * this.map.scaleY };
  }
}

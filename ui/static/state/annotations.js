/** The painted slices of the volume on screen, of one plane: display-orientation label values, state and version. */
import { planeSize } from "../viewer/planes.js";

/** States of a slice: "painted", "empty" (looked at, holds nothing), "cleared" (as if never touched). */
export class AnnotationBook {
  constructor(shape, plane) {
    this.shape = shape;
    this.plane = plane;
    this.size = planeSize(shape, [1, 1, 1], plane);
    this.slices = new Map(); // index -> {labels, state, version}
  }

  get(index) {
    return this.slices.get(index) ?? null;
  }

  /** The slice's record, made (cleared, version 0) when there is none. */
  ensure(index) {
    if (!this.slices.has(index)) {
      const labels = new Uint8Array(this.size.width * this.size.height);
      this.slices.set(index, { labels, state: "cleared", version: 0 });
    }
    return this.slices.get(index);
  }

  state(index) {
    return this.slices.get(index)?.state ?? "cleared";
  }

  /** Labels of a slice that hides the prediction (painted or marked empty), or null. */
  covering(index) {
    const slice = this.slices.get(index);
    return slice && slice.state !== "cleared" ? slice.labels : null;
  }

  *coveringSlices() {
    for (const [index, slice] of this.slices) if (slice.state !== "cleared") yield [index, slice.labels];
  }

  /** Slice indices with a state, ascending. */
  indices(...states) {
    return [...this.slices].filter(([, slice]) => states.includes(slice.state)).map(([index]) => index).sort((a, b) => a - b);
  }

  /** Label values painted on a slice, ascending; remembered until `changed(index)`. */
  values(index) {
    const slice = this.slices.get(index);
    if (!slice || slice.state !== "painted") return [];
    slice.values ??= this.#valuesOf(slice);
    return slice.values;
  }

  changed(index) {
    this.ensure(index).values = null;
  }

  #valuesOf(slice) {
    const found = new Uint8Array(256);
    for (const value of slice.labels) found[value] = 1;
    return [...found.keys()].filter((value) => value && found[value]);
  }
}

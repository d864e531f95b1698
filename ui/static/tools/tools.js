/**
 * Painting tools. A tool gets points in display units and writes label values into the slice of the running edit;
 * it returns the rectangle it touched. What may be overwritten is decided in one place, `writer`.
 */
import { unionRect } from "../viewer/planes.js";
import { capsule, fillContour, flood } from "./raster.js";

export const TOOLS = {
  navigate: { name: "Navigate", key: "V", icon: "navigate", hint: "Drag to move the crosshair" },
  brush: { name: "Brush", key: "B", icon: "brush", paints: true, sized: true, hint: "Paint with the active label; hold Alt to erase" },
  eraser: { name: "Eraser", key: "E", icon: "eraser", paints: true, sized: true, hint: "Erase" },
  lasso: { name: "Lasso", key: "L", icon: "lasso", paints: true, hint: "Draw around a structure; its inside is filled. Hold Alt to cut out" },
  polygon: { name: "Polygon", key: "P", icon: "polygon", paints: true, hint: "Click corners; double-click or Enter closes, Esc gives up" },
  fill: { name: "Fill similar", key: "F", icon: "fill", paints: true, hint: "Click a structure to fill connected voxels of similar intensity" },
};

/**
 * A function that writes cells. `options`: value (0 erases), active (the active label's value), protect (leave other
 * labels alone), range [low, high] of intensities it may write (null: any), intensities (of the slice).
 */
export function writer(labels, { value, active, protect, range, intensities }) {
  return (at) => {
    const current = labels[at];
    if (protect && current && current !== active) return;
    if (range && (intensities[at] < range[0] || intensities[at] > range[1])) return;
    labels[at] = value;
  };
}

/** The intensities a stroke started at `point` may touch: its neighbourhood's mean, plus and minus the tolerance. */
export function similarRange(point, { intensities, width, height }, toleranceUnits) {
  const x = Math.floor(point.column);
  const y = Math.floor(point.row);
  let sum = 0;
  let count = 0;
  for (let dy = -1; dy <= 1; dy++) {
    for (let dx = -1; dx <= 1; dx++) {
      if (x + dx < 0 || y + dy < 0 || x + dx >= width || y + dy >= height) continue;
      sum += intensities[(y + dy) * width + x + dx];
      count += 1;
    }
  }
  return count ? [sum / count - toleranceUnits, sum / count + toleranceUnits] : [-Infinity, Infinity];
}

/** One brush stroke: feed it points, it paints the capsule between consecutive ones. */
export class BrushStroke {
  #last = null;

  constructor(size, radiusMm, write) {
    Object.assign(this, { size, radiusMm, write });
  }

  add(point) {
    const rect = capsule(this.#last ?? point, point, this.radiusMm, this.size, this.write);
    this.#last = point;
    return rect;
  }
}

export const fillLasso = (points, size, write) => fillContour(points, size, write);

/** Fill what is connected to the point and similar to it; other labels are a border. */
export function fillSimilar(point, slice, range, labels, write) {
  const { intensities, width, height } = slice;
  const x = Math.floor(point.column);
  const y = Math.floor(point.row);
  if (x < 0 || y < 0 || x >= width || y >= height) return null;
  const start = y * width + x;
  const under = labels[start];
  const accepts = (at) => labels[at] === under && intensities[at] >= range[0] && intensities[at] <= range[1];
  const cells = [];
  const rect = flood(start, slice, accepts, (at) => cells.push(at));
  cells.forEach(write); // after the search: writing while it runs would move the border it looks at
  return unionRect(null, rect);
}

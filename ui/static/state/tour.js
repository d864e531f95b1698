/** The steps of the guided tour, and when each is done. Pure. */
import { PLANES } from "../viewer/planes.js";

/** @import { AppState } from "./types.d.ts" */

/**
 * What a step looks at; its values when the step began are kept beside it.
 * @typedef {{ label: number | null, painted: number, slice: number, asked: boolean }} TourFacts
 */

/**
 * @typedef {object} TourStep
 * @property {string} title
 * @property {string} text
 * @property {string} target data-testid of the control it points at
 * @property {(state: AppState, begun: TourFacts) => boolean} isDone
 */

const FAR = 5; // slices that make another slice worth painting

/** @param {AppState} state @returns {TourFacts} */
export function tourFacts({ activeLabel, annotations, cursor, plane, run, mask }) {
  return {
    label: activeLabel,
    painted: annotations?.indices("painted").length ?? 0,
    slice: cursor[PLANES[plane].axis],
    asked: Boolean(mask) || (run !== null && ["queued", "running"].includes(run.state)),
  };
}

/** @type {TourStep[]} */
export const TOUR = [
  {
    title: "What to paint",
    text: "Labels are the structures to find. Choose White matter in the list, or press 2.",
    target: "labels",
    isDone: (state, begun) => state.activeLabel !== null && state.activeLabel !== begun.label,
  },
  { title: "A tool", text: "Choose the brush here, or press B.", target: "tool-brush", isDone: ({ tool }) => tool === "brush" },
  {
    title: "The first slice",
    text: "Draw over the bright tissue inside the brain. Rough is enough; Ctrl+Z takes a stroke back.",
    target: "editor-canvas",
    isDone: (state, begun) => tourFacts(state).painted > begun.painted,
  },
  {
    title: "Another slice",
    text: "Go some slices on: drag along this strip, turn the wheel over the image, or press an arrow key.",
    target: "ribbon",
    isDone: (state, begun) => Math.abs(tourFacts(state).slice - begun.slice) >= FAR,
  },
  {
    title: "The second slice",
    text: "Paint white matter here as well. Two to five slices are enough for most structures.",
    target: "editor-canvas",
    isDone: (state, begun) => tourFacts(state).painted > begun.painted,
  },
  {
    title: "All the others",
    text: "Propagate learns from what you painted and fills every other slice. You can go on painting meanwhile.",
    target: "propagate",
    isDone: (state) => tourFacts(state).asked,
  },
  {
    title: "The result",
    text: "When the mask is there, scroll through it, correct what is wrong and propagate again. Then download it here.",
    target: "download",
    isDone: ({ downloaded }) => downloaded,
  },
];

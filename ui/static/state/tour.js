/** The steps of the guided tour, and when each is done. Pure. */
import { PLANES } from "../viewer/planes.js";
import { t } from "../words/index.js";

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
    title: t("guide.tour.label.title"),
    text: t("guide.tour.label.text"),
    target: "labels",
    isDone: (state, begun) => state.activeLabel !== null && state.activeLabel !== begun.label,
  },
  { title: t("guide.tour.brush.title"), text: t("guide.tour.brush.text"), target: "tool-brush", isDone: ({ tool }) => tool === "brush" },
  {
    title: t("guide.tour.firstSlice.title"),
    text: t("guide.tour.firstSlice.text"),
    target: "editor-canvas",
    isDone: (state, begun) => tourFacts(state).painted > begun.painted,
  },
  {
    title: t("guide.tour.anotherSlice.title"),
    text: t("guide.tour.anotherSlice.text"),
    target: "ribbon",
    isDone: (state, begun) => Math.abs(tourFacts(state).slice - begun.slice) >= FAR,
  },
  {
    title: t("guide.tour.secondSlice.title"),
    text: t("guide.tour.secondSlice.text"),
    target: "editor-canvas",
    isDone: (state, begun) => tourFacts(state).painted > begun.painted,
  },
  {
    title: t("guide.tour.propagate.title"),
    text: t("guide.tour.propagate.text"),
    target: "propagate",
    isDone: (state) => tourFacts(state).asked,
  },
  {
    title: t("guide.tour.result.title"),
    text: t("guide.tour.result.text"),
    target: "download",
    isDone: ({ downloaded }) => downloaded,
  },
];

/** A proposal as the box tool makes it, on slice 1 of the volume of painting.js. */

/** @import { Proposal } from "../../../../ui/static/state/types.d.ts" */

/**
 * @param {Partial<Proposal>} given
 * @returns {Proposal}
 */
export const proposalWith = (given = {}) => ({
  ...{ id: Symbol("box"), kind: "box", plane: "axial", index: 1, value: 1, erasing: false, box: { x0: 1, y0: 1, x1: 5, y1: 4 }, points: [] },
  ...{ offered: false, held: null, cells: null, edges: [], state: "asked" },
  ...given,
});

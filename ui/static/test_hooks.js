/** window.fewshotSam: what tests read and steer; its members are listed at the top of main.js. */
import { sliceOnScreen } from "./state/slices.js";

/**
 * @import { PlaneName } from "./api/types.d.ts"
 */

/**
 * @param {import("./state/store.js").Store} store
 * @param {Pick<import("./viewer/views.js").AppViews, "goTo" | "sliceToClient">} views
 * @param {Pick<import("./controllers/view.js").ViewController, "setBrush">} view
 */
export function testHooks(store, views, view) {
  return {
    get ready() {
      return Boolean(store.state.voxels && store.state.annotations);
    },
    get whole() {
      const { voxels } = store.state;
      return Boolean(voxels && voxels.arrived === voxels.data.length);
    },
    get state() {
      const { volume, plane, mainPane, cursor, tool, activeLabel, brushMm, window, labels, mask, run, saving, outlining } = store.state;
      return structuredClone({
        volumeId: volume?.id ?? null,
        maskId: mask?.id ?? null,
        encoding: volume?.encoding ?? null,
        slice: sliceOnScreen(store.state),
        ...{ plane, mainPane, cursor, tool, activeLabel, brushMm, window, labels, run, saving, outlining },
      });
    },
    goToSlice: (/** @type {number} */ slice) => views.goTo(store.state.plane, slice),
    sliceToClient: (/** @type {PlaneName} */ plane, /** @type {number} */ i, /** @type {number} */ j) => views.sliceToClient(plane, i, j),
    paintedSlices: () => Object.fromEntries([...(store.state.annotations?.slices ?? [])].map(([index, slice]) => [index, slice.state])),
    sliceLabels: (/** @type {number} */ index) => store.state.annotations?.get(index)?.labels.slice() ?? null,
    setBrushMm: (/** @type {number} */ brushMm) => view.setBrush(brushMm),
  };
}

/** Blind readings as the server tells of them. */

/** @import { Agreement, AgreementPair, Reading, Readings } from "../../../../ui/static/api/types.d.ts" */

/** @param {Partial<Reading>} [more] @returns {Reading} */
export const reading = (more = {}) => ({ volume_id: null, name: null, reader: "b", reader_name: "Ben", is_mine: false, state: "reading", was_finished: false, started_at: "2026-01-02T03:04:05Z", finished_at: null, slices: null, has_mask: null, ...more });

/** @param {Partial<Readings>} [more] @returns {Readings} */
export const readings = (more = {}) => ({ of_id: "scan", of_name: "Liver", state: "reading", is_first: false, may_see_all: false, readings: [reading({ volume_id: "v", is_mine: true, reader: "a", reader_name: "Ada" }), reading()], readers: [], merges: [], ...more });

const VALUES = { dice: 0.5, iou: 1 / 3, surface_dice: 0.9, hd95_mm: 3.2, mean_distance_mm: null, first_ml: 1, second_ml: 2 };

/** @param {Partial<AgreementPair>} [more] @returns {AgreementPair} */
export const pair = (more = {}) => ({ first_id: "a1", first_name: "Ada 1", second_id: "b2", second_name: "Ben 2", labels: [{ value: 1, code: 1, name: "liver", color: "#ff0000", values: VALUES }], mean: VALUES, differing_voxels: 5, slices: [{ slice_index: 3, voxels: 5, labels: [1] }], ...more });

/** @param {AgreementPair[]} [pairs] @returns {Agreement} */
export const agreement = (pairs = [pair()]) => ({ of_id: "scan", plane: "axial", tolerance_mm: 2, pairs });

/** What a volume's summary says of a reading. @param {object} [more] @returns {any} */
export const told = (more = {}) => ({ of_id: "scan", state: "reading", reader: "a", reader_name: "Ada", finished: 0, total: 2, ...more });

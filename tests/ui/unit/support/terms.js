/** Terms that labels may be. */
/** @import { Term } from "../../../../ui/static/api/types.d.ts" */

const category = { scheme: "SCT", value: "91723000", meaning: "Anatomical Structure" };
const kidney = { scheme: "SCT", value: "64033007", meaning: "Kidney" };

/** @type {Term} */
export const KIDNEY = { category, type: kidney, modifier: null };
/** @type {Term} */
export const LEFT_KIDNEY = { category, type: kidney, modifier: { scheme: "SCT", value: "7771000", meaning: "Left" } };
/** @type {Term} */
export const LIVER = { category, type: { scheme: "SCT", value: "10200004", meaning: "Liver" }, modifier: null };

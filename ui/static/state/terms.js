/** What a label is in a terminology, as people read it. */
import { t } from "../words/index.js";

/** @import { Term } from "../api/types.d.ts" */

/** "Kidney, right" @param {Term} term */
export const termText = ({ type, modifier }) => (modifier ? t("labels.term.sided", { type: type.meaning, side: modifier.meaning.toLowerCase() }) : type.meaning);

/** "SCT 64033007" @param {Term} term */
export const termCode = ({ type }) => `${type.scheme} ${type.value}`;

/** @param {Term | null | undefined} one @param {Term | null | undefined} other */
export const isSameTerm = (one, other) => codes(one) === codes(other);

/** @param {Term | null | undefined} term */
const codes = (term) => term && [term.category, term.type, term.modifier].map((each) => each && `${each.scheme} ${each.value}`).join();

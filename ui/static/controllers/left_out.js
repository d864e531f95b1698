/** What a restoration brings back and what it leaves as it is, in words. */
import { listed, t } from "../words/index.js";

const NAMED = 3;

/**
 * @param {string} name of what is back
 * @param {readonly string[]} leftOut names of accepted volumes that stay without its paint
 */
export function backText(name, leftOut) {
  if (!leftOut.length) return t("deleted.restore.back", { name });
  const more = leftOut.length > NAMED ? [t("deleted.restore.more", { count: leftOut.length - NAMED })] : [];
  return t("deleted.restore.backWithout", { name, count: leftOut.length, names: listed([...leftOut.slice(0, NAMED), ...more]) });
}

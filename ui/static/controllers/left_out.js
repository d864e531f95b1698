/** What a restoration leaves as it is, in a sentence. */
import { listed, t } from "../words/index.js";

const NAMED = 3;

/**
 * @param {readonly string[]} names of accepted volumes
 * @returns {string} begins with a space; empty where everything came back
 */
export function leftOutText(names) {
  if (!names.length) return "";
  const more = names.length > NAMED ? [t("deleted.restore.more", { count: names.length - NAMED })] : [];
  return ` ${t("deleted.restore.leftOut", { count: names.length, names: listed([...names.slice(0, NAMED), ...more]) })}`;
}

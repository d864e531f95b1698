/** What a restoration leaves as it is, in a sentence. */

const NAMED = 3;

/**
 * @param {readonly string[]} names of accepted volumes
 * @returns {string} begins with a space; empty where everything came back
 */
export function leftOutText(names) {
  if (!names.length) return "";
  const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : "";
  const [were, stay] = names.length === 1 ? ["was", "stays"] : ["were", "stay"];
  return ` ${names.slice(0, NAMED).join(", ")}${more} ${were} accepted in a review and ${stay} without its paint.`;
}

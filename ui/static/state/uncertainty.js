/** What the state says about uncertainty. Pure. */

/**
 * Why uncertainty cannot be shown, in words that say what to do; null when it can.
 * @param {Pick<import("./types.d.ts").AppState, "mask">} state
 */
export function uncertaintyBlocker({ mask }) {
  if (!mask) return "Propagate first: a run says where it is uncertain.";
  if (!mask.has_confidence) return "This mask does not say where it is uncertain. Paint a slice, then propagate.";
  return null;
}

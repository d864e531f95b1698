/** Values that the server names: a newer one may send some that this page has no words for. Pure. */

/**
 * The value where the contract has it.
 * @template {string} T
 * @param {Readonly<Record<string, T>>} values of the contract
 * @param {string | null | undefined} value
 * @returns {T | undefined}
 */
export const known = (values, value) => Object.values(values).find((each) => each === value);

/**
 * A value in words; as the server names it where the contract lacks it.
 * @template {string} T
 * @param {Readonly<Record<string, T>>} values of the contract
 * @param {string} value
 * @param {(value: T) => string} say
 */
export function worded(values, value, say) {
  const found = known(values, value);
  return found === undefined ? value : say(found);
}

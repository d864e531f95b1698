/** How a language writes numbers, lists, days and times. Pure. */

/** @typedef {ReturnType<typeof formatsOf>} Formats */

/**
 * The formats of a locale. Each is made once: making one takes longer than a hundred uses.
 * @param {string} locale BCP 47, such as "en-GB"
 */
export function formatsOf(locale) {
  /** @type {Map<number, Intl.NumberFormat>} */
  const byDigits = new Map();
  const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
  const conjunction = new Intl.ListFormat(locale, { type: "conjunction" });
  const enumeration = new Intl.ListFormat(locale, { type: "unit" });
  const dayOfYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short" });
  const dayAndYear = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year: "numeric" });
  const minutes = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
  const seconds = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

  /** @param {number} digits */
  function decimals(digits) {
    const format = byDigits.get(digits) ?? new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false });
    byDigits.set(digits, format);
    return format;
  }

  const day = (/** @type {Date} */ when, /** @type {Date} */ now) => (when.getFullYear() === now.getFullYear() ? dayOfYear : dayAndYear).format(when);
  const clock = (/** @type {Date} */ when, /** @type {boolean} */ withSeconds) => (withSeconds ? seconds : minutes).format(when);

  return {
    /** A number with so many decimals, rounded as the server's reports round it. @param {number} value @param {number} digits */
    decimal: (value, digits) => decimals(digits).format(/** @type {any} */ ((value + 0).toFixed(digits))), // a text is not rounded again

    /** A whole number, its thousands apart. @param {number} value */
    grouped: (value) => whole.format(value),

    /** "a, b and c". @param {string[]} parts */
    listed: (parts) => conjunction.format(parts),

    /** "a, b, c". @param {string[]} parts */
    enumerated: (parts) => enumeration.format(parts),

    /** "3 May", with its year where that is another one than `now`'s. */
    day,

    /** "14:05". */
    clock,

    /** "3 May 14:05". @param {Date} when @param {Date} now @param {boolean} withSeconds */
    dayAndTime: (when, now, withSeconds) => `${day(when, now)} ${clock(when, withSeconds)}`,
  };
}

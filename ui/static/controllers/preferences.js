/** How this browser shows and takes things, for all projects: kept from one visit to the next. */

/**
 * @import { Store } from "../state/store.js"
 * @typedef {"labelPatterns" | "penPressure"} Preference a key of the store
 */

const KEY = "fewshot-sam:preferences";

/** @type {Preference[]} */
const PREFERENCES = ["labelPatterns", "penPressure"];

export class PreferencesController {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    const kept = recall();
    for (const name of PREFERENCES) if (kept[name] === true) store.set({ [name]: true });
  }

  /** @param {Preference} name */
  toggle(name) {
    this.store.set({ [name]: !this.store.state[name] });
    const { state } = this.store;
    try {
      localStorage.setItem(KEY, JSON.stringify(Object.fromEntries(PREFERENCES.map((each) => [each, state[each]]))));
    } catch {
      // storage is blocked or full: it holds until the page is left
    }
  }
}

/** @returns {Record<string, unknown>} */
function recall() {
  try {
    return Object(JSON.parse(localStorage.getItem(KEY) ?? "{}"));
  } catch {
    return {}; // storage is blocked, or holds something else
  }
}

/** Which of a project's models, the newest first. */
import { h } from "../lib/dom.js";
import { modelName } from "../state/models.js";
import { shortMoment, t } from "../words/index.js";

/**
 * @param {import("../api/types.d.ts").Model[]} models one or more
 * @param {{ testid: string, changed: () => void }} how
 */
export function modelSelect(models, { testid, changed }) {
  const text = (/** @type {import("../api/types.d.ts").Model} */ each) => t("models.select.made", { name: modelName(each), when: shortMoment(each.created_at) }); // two can be of the same volumes
  const options = models.map((each, n) => h("option", { value: each.id }, n ? text(each) : t("models.select.newest", { name: text(each) })));
  /** @type {HTMLSelectElement} */
  const element = h("select.input", { "aria-label": t("models.select.label"), "data-testid": testid, onchange: changed }, options);
  return { element, chosen: () => models.find(({ id }) => id === element.value) ?? models[0] };
}

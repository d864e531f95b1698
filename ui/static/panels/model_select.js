/** Which of a project's models, the newest first. */
import { h } from "../lib/dom.js";
import { modelName } from "../state/models.js";
import { t } from "../words/index.js";

/**
 * @param {import("../api/types.d.ts").Model[]} models one or more
 * @param {{ testid: string, changed: () => void }} how
 */
export function modelSelect(models, { testid, changed }) {
  const options = models.map((each, n) => h("option", { value: each.id }, n ? modelName(each) : t("models.select.newest", { name: modelName(each) })));
  /** @type {HTMLSelectElement} */
  const element = h("select.input", { "aria-label": t("models.select.label"), "data-testid": testid, onchange: changed }, options);
  return { element, chosen: () => models.find(({ id }) => id === element.value) ?? models[0] };
}

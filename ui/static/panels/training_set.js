/** A project as a training set: the dialog that asks in which layout, and of which volumes. */
import { TrainingLayout, VolumeState } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr } from "../lib/dom.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { VolumeSummary } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/server.js").Links, "trainingSet">} TrainingSetLinks
 */

/** Volumes of a list that are neither pictures nor somebody's reading of another. @param {readonly VolumeSummary[]} volumes */
const scans = (volumes) => volumes.filter((each) => !each.pictures?.length && !each.reading?.reader);

/** Volumes of a list that can have labels in a training set: scans with a mask. @param {readonly VolumeSummary[]} volumes */
export function trainable(volumes) {
  return scans(volumes).filter((each) => each.mask_id && !each.mask_draft);
}

/**
 * Ask, and download it.
 * @param {Store} store
 * @param {{links: TrainingSetLinks}} intents
 */
export function openTrainingSet(store, { links }) {
  const { project, volumes } = store.state;
  if (!project) return;
  const labelled = trainable(volumes);
  const accepted = labelled.filter((each) => each.state === VolumeState.ACCEPTED).length;
  const choosesAccepted = accepted > 0 && accepted < labelled.length;
  const layouts = Object.values(TrainingLayout).map((layout) => {
    const input = h("input", { type: "radio", name: "layout", value: layout, checked: layout === TrainingLayout.NNUNET, "data-testid": `layout-${layout}` });
    return { layout, input, row: h("label.source-row", input, h("span", t(`downloads.training.layout.${layout}`))) };
  });
  const only = h("input", { type: "checkbox", "data-testid": "training-accepted" });
  const test = h("input", { type: "checkbox", "data-testid": "training-test" });
  /** @type {HTMLAnchorElement} */
  const save = h("a.button.primary", { download: "", "data-testid": "training-ok", onclick: () => setTimeout(() => dialog.close()) }, t("downloads.training.save"));
  const address = () => {
    const layout = layouts.find(({ input }) => input.checked)?.layout ?? TrainingLayout.NNUNET;
    setAttr(save, "href", links.trainingSet(project.id, layout, only.checked, test.checked));
  };
  const form = h(
    "div.training-set",
    { onchange: address },
    h("p", t("downloads.training.scans", { count: labelled.length })),
    h("div.source-list", { role: "radiogroup", "aria-label": t("downloads.training.title") }, layouts.map(({ row }) => row)),
    choosesAccepted && h("label.choice-afresh", only, h("span", t("downloads.training.accepted", { count: accepted }))),
    (choosesAccepted || scans(volumes).length > labelled.length) && h("label.choice-afresh", test, h("span", t("downloads.training.test"))),
    h("p.dim", t("downloads.training.privacy")),
  );
  const dialog = openDialog(t("downloads.training.title"), [form, h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), save)], { testid: "training-dialog" });
  address();
}

/** A project as a training set: the dialog that asks in which layout, and of which volumes. */
import { TrainingLayout, VolumeState } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr } from "../lib/dom.js";
import { isPartlyPainted } from "../state/painted_masks.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { VolumeSummary } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/server.js").Links, "trainingSet">} TrainingSetLinks
 */

/** Volumes of a list that are neither pictures nor somebody's reading of another. @param {readonly VolumeSummary[]} volumes */
const scans = (volumes) => volumes.filter((each) => !each.pictures?.length && !each.reading?.reader);

/** Scans of a list that have a mask. @param {readonly VolumeSummary[]} volumes */
export const masked = (volumes) => scans(volumes).filter((each) => each.mask_id && !each.mask_draft);

/** Those of them that have labels in a training set: of all their slices. @param {readonly VolumeSummary[]} volumes */
export const trainable = (volumes) => masked(volumes).filter((each) => !isPartlyPainted(each));

/**
 * Ask, and download it.
 * @param {Store} store
 * @param {{links: TrainingSetLinks}} intents
 */
export function openTrainingSet(store, { links }) {
  const { project, volumes } = store.state;
  if (!project) return;
  const labelled = trainable(volumes);
  const partly = masked(volumes).length - labelled.length;
  const leftOut = partly > 0 && h("p", { "data-testid": "training-partly" }, t("downloads.training.partly", { count: partly }));
  const cancel = h("button.button", { onclick: () => dialog.close() }, t(labelled.length ? "dialogs.cancel" : "dialogs.close"));
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
    leftOut,
    h("p.dim", t("downloads.training.privacy")),
  );
  const dialog = openDialog(t("downloads.training.title"), [labelled.length ? form : leftOut, h("div.dialog-foot", cancel, labelled.length > 0 && save)], { testid: "training-dialog" });
  address();
}

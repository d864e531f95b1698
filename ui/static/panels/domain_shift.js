/** A scan that differs from those its model was fitted on: how, and the slices to paint, each ticked off once it is. */
import { KeyedList } from "../lib/arrange.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { askedSlices, shiftProposal, shiftSentence } from "../state/domain_shift.js";
import { sliceInText, sliceName } from "../state/pictures.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AskedSlice } from "../state/domain_shift.js"
 */

/**
 * @param {Store} store
 * @param {{ goTo: (slice: number) => void }} intents
 */
export function shiftNote(store, { goTo }) {
  const sentence = h("p");
  const proposal = h("p.shift-proposal", { "data-testid": "shift-proposal" });
  const buttons = h("div.shift-slices");
  const rows = new KeyedList(buttons, { key: (/** @type {AskedSlice} */ { index }) => index, create: ({ index }) => sliceButton(index, goTo, store) });
  const element = h("div.shift-note", { hidden: true, "data-testid": "domain-shift" }, h("div.shift-said", icon("alert", 15), sentence), proposal, buttons);
  const render = () => {
    const slices = askedSlices(store.state);
    const said = shiftSentence(store.state);
    element.hidden = !said;
    setText(sentence, said);
    setText(proposal, shiftProposal(slices, store.state));
    proposal.hidden = buttons.hidden = !slices.length;
    rows.update(slices);
  };
  store.on(["mask", "comparison", "plane", "cursor", "project", "login"], render);
  store.when("slice-edited", render);
  store.when("annotations-loaded", render);
  return element;
}

/**
 * @param {number} index
 * @param {(slice: number) => void} goTo
 * @param {Store} store
 */
function sliceButton(index, goTo, store) {
  const name = h("span");
  const element = h("button.button.small", { "data-testid": "shift-slice", "data-index": index, onclick: () => goTo(index) }, h("span.shift-mark", icon("check", 11)), name);
  const update = (/** @type {AskedSlice} */ { painted, onScreen }) => {
    setText(name, sliceName(store.state, index));
    setAttr(element, "data-painted", String(painted));
    setAttr(element, "aria-current", onScreen ? "true" : null);
    setAttr(element, "title", painted ? t("slices.state.painted") : onScreen ? t("shift.onScreen") : t("slices.goTo", { slice: sliceInText(store.state, index) }));
  };
  return { element, update };
}

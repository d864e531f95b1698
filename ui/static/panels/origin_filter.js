/** A small menu at the slices: which of them stand out on the ribbon, by how they came to be and by whom. */
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuHeading, menuItem, toggleMenu } from "../lib/menu.js";
import { sliceKind } from "../state/slices.js";
import { t } from "../words/index.js";
import { KIND_CHOICES, kindsOf, matchingSlices, peopleOf } from "../state/provenance.js";

/**
 * @import { OriginKindName } from "../api/types.d.ts"
 * @import { Store } from "../state/store.js"
 */

/**
 * The button that opens it; it says how many slices are marked.
 * @param {Store} store
 * @param {{ provenance: Pick<import("../controllers/provenance.js").ProvenanceController, "choose" | "clear"> }} intents
 */
export function originFilter(store, { provenance }) {
  const text = h("span");
  const button = h("button.button.small.quiet.origin-filter", { "data-testid": "origin-filter", "aria-haspopup": "menu", "aria-pressed": "false" }, icon(["M3.500 5h13", "M6 10h8", "M8.500 15h3"], 15), text);
  button.addEventListener("click", () => toggleMenu(button, items(store, provenance), { testid: "origin-menu" }));
  const render = () => {
    const found = matchingSlices(store.state);
    const kind = sliceKind(store.state);
    button.setAttribute("aria-pressed", String(found !== null));
    setText(text, found ? t("slices.originFilter.marked", { count: found.length }) : "");
    button.title = t(`slices.originFilter.title.${kind}`);
    button.setAttribute("aria-label", found ? t(`slices.originFilter.labelMarked.${kind}`, { count: found.length }) : t(`slices.originFilter.label.${kind}`));
  };
  store.on(["originFilter", "provenance", "annotations", "mask", "plane", "volume"], render);
  store.when("slice-edited", render);
  return button;
}

/**
 * @param {Store} store
 * @param {Pick<import("../controllers/provenance.js").ProvenanceController, "choose" | "clear">} provenance
 */
function items(store, provenance) {
  const { state } = store;
  const { kind, person } = state.originFilter;
  const people = peopleOf(state);
  const counts = countKinds(state);
  const ofPeople = people.map(({ id, name }) => menuItem(name, () => provenance.choose({ person: person === id ? null : id }), { checked: person === id, testid: `origin-by-${id}` }));
  return [
    menuItem(t("slices.originFilter.all"), () => provenance.clear(), { checked: !kind && !person, testid: "origin-all" }),
    ...KIND_CHOICES.map((each) => menuItem(t(`slices.originFilter.${each}`), () => provenance.choose({ kind: each }), { checked: kind === each, hint: String(counts.get(each) ?? 0), testid: `origin-${each}` })),
    people.length > 1 && menuHeading(t("slices.originFilter.by")),
    ...(people.length > 1 ? ofPeople : []),
    h("p.menu-note", t("slices.originFilter.note")),
  ];
}

/** @param {import("../state/types.d.ts").AppState} state */
function countKinds(state) {
  /** @type {Map<OriginKindName, number>} */
  const counts = new Map();
  for (let index = 0; index < (state.annotations?.size.slices ?? 0); index++) {
    for (const kind of kindsOf(state, index)) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}

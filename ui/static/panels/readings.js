/** The blind readings of the volume on screen: how far they are, how far they agree, and what becomes of them. */
import { MergeMethod, ReadingState } from "../api/contract.js";
import { KeyedList } from "../lib/arrange.js";
import { once, setBusy } from "../lib/busy.js";
import { chooseDialog, confirmDialog, openDialog } from "../lib/dialog.js";
import { h, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { mayManage, mayPaint, mayWrite } from "../state/access.js";
import { isReading, mergeChoices, lengthText, pairText, ratersOf, readingsOnScreen, readingsText, shareText, takenText } from "../state/readings.js";
import { lengthUnit } from "../state/pictures.js";
import { sliceKind } from "../state/slices.js";
import { dayAndTime, sentences, t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { AppState } from "../state/types.d.ts"
 * @import { AgreementPair, Merge, Readings, VolumeSummary } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/readings.js").ReadingController, "step" | "compare" | "merge" | "takeSlice" | "readersOf" | "start">} ReadingIntents
 * @typedef {Pick<import("../controllers/comparison.js").ComparisonController, "compareReadings">} ComparisonIntents
 * @typedef {{ id: string, name: string }} Compared
 * @typedef {Pick<import("../controllers/server.js").Links, "agreementTable" | "readingLabels">} ReadingLinks
 */

export class ReadingsPanel {
  /** @type {AppState["agreement"]} whose pairs are listed */
  #agreement = null;

  /**
   * @param {Store} store
   * @param {{ readings: ReadingIntents, comparison: ComparisonIntents, links: ReadingLinks }} parts
   */
  constructor(store, { readings, comparison, links }) {
    this.store = store;
    this.readings = readings;
    this.comparison = comparison;
    this.links = links;
    this.title = h("h2");
    this.note = h("p.review-note", { "data-testid": "readings-note" });
    this.pairs = h("ul.reading-pairs", { "data-testid": "reading-pairs" });
    const button = (/** @type {string} */ testid, /** @type {string} */ text, /** @type {(event: MouseEvent) => unknown} */ act, primary = false) =>
      h(`button.button.small${primary ? ".primary" : ""}`, { "data-testid": testid, onclick: (event) => (act(event), event.detail && /** @type {HTMLElement} */ (event.currentTarget).blur()) }, text);
    this.finish = button("reading-finish", t("readings.panel.finish"), once(() => readings.step("finish")), true);
    this.takeBack = button("reading-take-back", t("dialogs.takeBack"), once(() => readings.step("take-back")));
    this.end = button("readings-end", t("readings.end.begin"), once(() => this.#end()));
    this.table = button("agreement-table", t("readings.agreement.open"), () => this.#showTable());
    this.merge = button("readings-merge", t("readings.merge.begin"), () => this.#merge(), true);
    this.only = h("input", { type: "checkbox", "data-testid": "take-only" });
    this.onlyText = h("span.ellipsis");
    this.onlyField = h("label.reading-only", this.only, this.onlyText);
    this.takes = h("div.review-actions");
    this.takeRows = new KeyedList(this.takes, { key: (/** @type {Compared} */ each) => each.id, create: ({ id }) => this.#take(id) });
    this.handTitle = h("p.review-note", { role: "status" });
    this.hand = h("div.reading-hand", { "data-testid": "reading-hand" }, this.handTitle, this.takes, this.onlyField);
    this.element = h("section.review.readings", { hidden: true, "data-testid": "readings", "aria-label": t("readings.panel.name") }, h("header.panel-head", this.title), this.note, this.pairs, h("div.review-actions", this.finish, this.takeBack, this.merge, this.table, this.end));
    store.on(["readings", "agreement", "merging", "volume", "project", "login"], (state) => this.#render(state));
    store.on(["comparison", "readings", "merging", "activeLabel", "labels", "volume"], (state) => this.#renderHand(state));
  }

  /** @param {AppState} state */
  #render(state) {
    const { readings, agreement, volume } = state;
    this.element.hidden = !readings?.state || !volume?.reading;
    if (!readings || !volume) return;
    const { title, note } = readingsText(readings);
    setText(this.title, title);
    setText(this.note, note);
    this.note.hidden = !note;
    const mine = readings.readings.find((each) => each.is_mine && each.volume_id === volume.id);
    const open = readings.state === ReadingState.READING;
    this.finish.hidden = mine?.state !== ReadingState.READING;
    this.takeBack.hidden = mine?.state !== ReadingState.FINISHED;
    this.end.hidden = !open || !mayManage(state) || (isReading(volume) && !mine);
    this.table.hidden = !agreement;
    this.merge.hidden = !agreement || open || !mayWrite(state);
    setText(this.merge, t(isMerging(state) ? "readings.merge.underWay" : "readings.merge.begin"));
    setBusy(this.merge, isMerging(state));
    if (agreement !== this.#agreement) this.pairs.replaceChildren(...(agreement?.pairs ?? []).map((pair) => this.#pair(pair)));
    this.#agreement = agreement;
    this.pairs.hidden = !agreement;
  }

  /** @param {AgreementPair} pair */
  #pair(pair) {
    const names = h("span.ellipsis", pairName(pair));
    const compare = h("button.link", { "data-testid": "readings-compare", title: t(`readings.pair.compareHint.${sliceKind(this.store.state)}`), onclick: () => void this.readings.compare(pair, (both) => this.comparison.compareReadings(both)) }, t("readings.pair.compare"));
    return h("li", h("div.reading-pair", names, pair.differing_voxels > 0 && compare), h("span.dim.num", { "data-testid": "pair-facts" }, pairText(pair, sliceKind(this.store.state), lengthUnit(this.store.state))));
  }

  /** By hand: the slice on screen as one of the two has it. @param {AppState} state */
  #renderHand(state) {
    const compared = readingsOnScreen(state);
    this.hand.hidden = !compared.length || !mayPaint(state);
    this.takeRows.update(compared);
    setText(this.handTitle, isMerging(state) ? t("readings.merge.underWay") : t(`readings.byHand.title.${sliceKind(state)}`));
    for (const button of this.takes.children) setBusy(button, isMerging(state));
    const label = activeLabel(state);
    this.onlyField.hidden = !label;
    if (label) setText(this.onlyText, t("readings.byHand.only", { label: label.name }));
  }

  /** A button that takes the slice as a reading has it. @param {string} id */
  #take(id) {
    const take = () => this.readings.takeSlice(id, this.only.checked ? (activeLabel(this.store.state)?.value ?? null) : null);
    const element = h("button.button.small", { "data-testid": "take-reading", onclick: take });
    return { element, update: (/** @type {Compared} */ { name }) => setText(element, t("readings.byHand.take", { reading: name })) };
  }

  async #end() {
    const sure = await confirmDialog(t("readings.end.title"), t("readings.end.text"), t("readings.end.ok"));
    if (sure) await this.readings.step("end");
  }

  async #merge() {
    const { agreement, readings } = this.store.state;
    if (!agreement || !readings || isMerging(this.store.state)) return;
    const text = t(`readings.merge.text.${sliceKind(this.store.state)}`, { name: readings.of_name });
    const body = await chooseDialog(t("readings.merge.title"), text, mergeChoices(ratersOf(agreement.pairs), readings), { testid: "merge-dialog" });
    if (body) await this.readings.merge(body);
  }

  #showTable() {
    const { agreement, readings, volume } = this.store.state;
    if (!agreement || !readings) return;
    const link = (/** @type {boolean} */ bySlice, /** @type {string} */ text, /** @type {string} */ testid) => h("a.button", { href: this.links.agreementTable(agreement.of_id, bySlice), download: "", "data-testid": testid }, icon("download", 15), h("span", text));
    const merges = readings.merges.map((each) => mergeFacts(each, ratersOf(agreement.pairs), readings, this.store.state));
    openDialog(t("readings.agreement.title"), [agreement.pairs.map((pair) => pairTable(pair, agreement.tolerance_mm, lengthUnit(this.store.state))), merges.length ? h("h3", t("readings.agreement.merges")) : "", merges, h("div.dialog-foot", volume && h("a.button", { href: this.links.readingLabels(volume.id), download: "", "data-testid": "reading-labels" }, icon("download", 15), h("span", t("readings.agreement.labels"))), link(true, t(`readings.agreement.csvBySlice.${sliceKind(this.store.state)}`), "agreement-slices-csv"), link(false, t("readings.agreement.csvByLabel"), "agreement-csv"))], { testid: "agreement-dialog", wide: true });
  }
}

/** @param {AgreementPair} pair */
const pairName = ({ first_name: first, second_name: second }) => t("readings.pair.names", { first, second });

/**
 * @param {AgreementPair} pair
 * @param {number} tolerance
 * @param {string} unit of lengths
 */
function pairTable(pair, tolerance, unit) {
  const cells = (/** @type {AgreementPair["mean"]} */ each) => [shareText(each.dice), shareText(each.iou), shareText(each.surface_dice), lengthText(each.hd95_mm, unit), lengthText(each.mean_distance_mm, unit)].map((text) => h("td.num", text));
  const head = [t("scores.table.label"), t("scores.table.dice"), t("scores.table.iou"), t("readings.agreement.surfaceDice", { tolerance, unit }), t("scores.table.hd95"), t("readings.agreement.meanDistance")].map((text) => h("th", text));
  const rows = pair.labels.map((label) => h("tr", h("td", label.name), cells(label.values)));
  return h("table.agreement-table", h("caption", pairName(pair)), h("thead", h("tr", head)), h("tbody", rows, pair.labels.length > 1 && h("tr.dim", h("td", t("scores.table.mean")), cells(pair.mean))));
}

/**
 * @param {Merge} merge
 * @param {{ id: string, name: string }[]} raters
 * @param {Readings} readings
 * @param {Pick<AppState, "labels" | "volume">} state
 */
function mergeFacts(merge, raters, readings, { labels, volume }) {
  const kind = sliceKind({ volume });
  const facts = /** @type {{ rule: string, disputed_voxels: number, slices: number, emptied?: number, readers: Record<string, Record<string, { sensitivity: number | null, specificity: number | null }>> }} */ (merge.facts);
  const quality = Object.entries(facts.readers).flatMap(([id, byLabel]) =>
    Object.entries(byLabel).map(([value, each]) => {
      const reading = raters.find((rater) => rater.id === id)?.name ?? t("readings.row.nameless.revealed");
      const label = labels.find((found) => found.value === Number(value))?.name ?? value;
      return h("li.dim.num", t("readings.merge.quality", { reading, label, sensitivity: shareText(each.sensitivity), specificity: shareText(each.specificity) }));
    }),
  );
  const disputed = facts.disputed_voxels ? t(`readings.merge.disputed.${kind}`, { count: facts.disputed_voxels }) : t(`readings.merge.noneDisputed.${kind}`);
  const painted = paintedFact(facts.slices, facts.emptied ?? 0, kind);
  const head = merge.method === MergeMethod.READING ? takenFact(merge, takenText(raters.find(({ id }) => id === merge.readings[0]), readings)) : ruleFact(merge, facts.rule);
  return h("div", h("p", sentences([head, t("readings.merge.outcome", { disputed, painted }), merge.stands ? "" : t("readings.merge.gone")])), h("ul.reading-quality", quality));
}

/** @param {number} slices that it changed @param {number} emptied of them; 0 of old merges, which did not note it @param {import("../state/slices.js").SliceKind} kind */
function paintedFact(slices, emptied, kind) {
  const count = slices - emptied;
  if (emptied) return t(`readings.merge.paintedBoth.${kind}`, { count, emptied });
  return count ? t(`readings.merge.painted.${kind}`, { count }) : t(`readings.merge.nonePainted.${kind}`);
}

/** @param {Merge} merge @param {string} reading */
function takenFact({ author_name: author, at }, reading) {
  const when = dayAndTime(at);
  return author ? t("readings.merge.readingBy", { reading, author, when }) : t("readings.merge.reading", { reading, when });
}

/** @param {Merge} merge @param {string} rule */
function ruleFact(merge, rule) {
  const said = { method: t(merge.method === MergeMethod.STAPLE ? "readings.merge.staple" : "readings.merge.majority"), when: dayAndTime(merge.at), rule };
  return merge.author_name ? t("readings.merge.ruleBy", { ...said, author: merge.author_name }) : t("readings.merge.rule", said);
}

/**
 * Whom to ask: people who may paint in the project, or oneself a second time.
 * @param {VolumeSummary} volume
 * @param {{ readings: ReadingIntents }} intents
 */
export async function openReadersDialog(volume, { readings }) {
  const found = await readings.readersOf(volume);
  if (!found) return;
  if (found.readers.length < 2) {
    const text = t("readings.second.text");
    if (await confirmDialog(t("readings.second.title", { name: volume.name }), text, t("readings.begin"), { danger: false, cancelText: t("readings.second.notNow") })) await readings.start(volume, []);
    return;
  }
  const boxes = found.readers.map((reader) => ({ reader, box: h("input", { type: "checkbox", value: reader.id, "data-testid": "reader" }) }));
  const rows = boxes.map(({ reader, box }) => h("label.source-row", box, h("span.ellipsis", readerName(reader))));
  const begin = h("button.button.primary", { "data-testid": "readers-begin", onclick: () => start() }, t("readings.begin"));
  const says = h("p.dim");
  const chosen = () => boxes.filter(({ box }) => box.checked);
  const update = () => {
    const count = chosen().length;
    begin.disabled = count === 0;
    const blind = chosen().some(({ reader }) => reader.is_me) ? t("readings.readers.blind") : t("readings.readers.notBlind");
    setText(says, count === 0 ? t("readings.readers.nobody") : count === 1 ? t("readings.readers.one") : blind);
  };
  for (const { box } of boxes) box.addEventListener("change", update);
  update();
  const dialog = openDialog(t("readings.readers.title", { name: volume.name }), [h("p", t("readings.readers.text")), h("div.source-list", rows), says, h("div.dialog-foot", begin)], { testid: "readers-dialog" });
  const start = () => {
    dialog.close();
    void readings.start(volume, chosen().map(({ reader }) => reader.id));
  };
}

/** @param {Readings["readers"][number]} reader */
const readerName = ({ name, is_me: isMe }) => (name && isMe ? t("readings.readers.me", { name }) : (name ?? t("readings.readers.you")));

/** Whether a merge is being painted on the volume whose readings are on screen. @param {Pick<AppState, "readings" | "merging">} state */
const isMerging = ({ readings, merging }) => merging.has(readings?.of_id ?? "");

/** The label that is painted with. @param {Pick<AppState, "labels" | "activeLabel">} state */
const activeLabel = ({ labels, activeLabel: active }) => labels.find(({ value }) => value === active);

/** Whether a volume's menu offers this. @param {AppState} state @param {VolumeSummary} volume */
export const offersReading = (state, volume) => mayManage(state) && mayWrite(state) && !isReading(volume) && volume.reading?.state !== ReadingState.READING;

/** Models as files: the dialogs that save one and that use one, and the line of the run card that leads there. */
import { NameChoice } from "../api/contract.js";
import { openDialog, promptDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { mayPaint } from "../state/access.js";
import { contentsText, fitText, newestImported, sizeText, sourcesText } from "../state/models.js";
import { importedOfferText, predictOffer } from "../state/predict_offer.js";
import { isRunning } from "../state/runs.js";
import { decimal, enumerated, t } from "../words/index.js";
import { modelSelect } from "./model_select.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { CheckedModel, ModelFacts, NameChoiceName } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/models.js").ModelController, "facts" | "check" | "take" | "begin" | "discard" | "predict">} ModelIntents
 * @typedef {Pick<import("../controllers/server.js").Links, "modelFile">} ModelLinks
 */

const LICENCES = ["CC-BY-4.0", "CC-BY-NC-4.0", "CC0-1.0", "Apache-2.0", "MIT"];
const MAX_LINE = 200;
const MAX_NOTE = 2000; // bytes: all of it goes into the address of the file, where a server takes 16 KB in all, and a byte is up to three characters
const SUFFIX = ".safetensors";

/**
 * Predict with the newest model that came as a file, and save one.
 * @param {Store} store
 * @param {{models: ModelIntents, links: ModelLinks}} intents
 */
export function modelLine(store, { models, links }) {
  const predict = h("button.link", { "data-testid": "predict-imported", onclick: () => void models.predict(newestImported(store.state)?.id ?? "") });
  const save = h("button.link", { "data-testid": "save-model", onclick: () => void openSaveModel(store, { models, links }) }, t("models.save.item"));
  const element = h("div.model-line", { hidden: true }, predict, save);
  const render = () => {
    const { state } = store;
    const imported = newestImported(state);
    const isFree = Boolean(state.voxels) && !isRunning(state) && !state.launching && !state.loggedOut;
    predict.hidden = !imported || !isFree || !mayPaint(state) || predictOffer(state)?.modelId === imported.id; // said once
    save.hidden = !state.models.length || !isFree;
    element.hidden = predict.hidden && save.hidden;
    if (imported) setText(predict, importedOfferText(imported));
  };
  store.on(["models", "run", "voxels", "volume", "volumes", "project", "login", "launching", "loggedOut"], render);
  store.when("slice-edited", render);
  store.when("annotations-loaded", render);
  return element;
}

/**
 * Show what goes into a model's file, ask what it is called and under which licence it may be shared, and download it.
 * @param {Store} store
 * @param {{models: ModelIntents, links: ModelLinks}} intents
 */
export async function openSaveModel(store, { models, links }) {
  const offered = store.state.models;
  if (!offered.length) return;
  const facts = h("div.model-facts");
  const choice = modelSelect(offered, { testid: "save-model-choice", changed: () => void show() });
  const fields = typedFields();
  /** @type {HTMLAnchorElement} */
  const save = h("a.button.primary", { download: "", "data-testid": "save-model-ok", onclick: () => setTimeout(() => dialog.close()) }, t("dialogs.save"));
  const chosen = () => choice.chosen().id;
  let isShown = false;
  const address = () => {
    save.hidden = !isShown || !fields.fit();
    setAttr(save, "href", links.modelFile(chosen(), fields.values()));
  };
  const show = async () => {
    const id = chosen();
    save.hidden = true; // what is typed belongs to the model that is shown
    isShown = false;
    const found = await models.facts(id);
    if (id !== chosen()) return; // another one was chosen meanwhile
    isShown = found !== null;
    facts.replaceChildren(...(found ? factRows(found) : [h("p", t("models.facts.cannotBeShown"))]));
    if (found) fields.fill(found);
    address();
  };
  const dialog = openDialog(
    t("models.save.title"),
    [
      offered.length > 1 && h("label.field", h("span", t("models.select.label")), choice.element),
      facts,
      h("p.model-note", t("models.save.privacy")),
      fields.element,
      h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), save),
    ],
    { testid: "save-model-dialog" },
  );
  fields.element.addEventListener("input", address);
  await show();
}

/** Title, author, licence and note; `fit`: whether the note is short enough, which is said where it nearly is not. */
function typedFields() {
  const line = (/** @type {string} */ name, /** @type {string} */ placeholder, /** @type {Record<string, string>} */ more = {}) =>
    h("input.input", { name, placeholder, maxlength: MAX_LINE, autocomplete: "off", "data-testid": `model-${name}`, ...more });
  const inputs = {
    title: line("title", t("models.save.nameExample")),
    author: line("author", t("models.save.authorExample")),
    licence: line("licence", t("models.save.licenceExample"), { list: "model-licences" }),
    note: h("textarea.input", { name: "note", rows: 2, maxlength: MAX_NOTE, "data-testid": "model-note" }),
  };
  const left = h("p.dim", { hidden: true, "data-testid": "model-note-left" });
  const fit = () => {
    const bytes = MAX_NOTE - new TextEncoder().encode(inputs.note.value.trim()).length;
    left.hidden = bytes > MAX_NOTE / 4;
    setText(left, bytes < 0 ? t("models.save.bytesTooMany", { count: -bytes }) : t("models.save.bytesLeft", { count: bytes }));
    return bytes >= 0;
  };
  const field = (/** @type {string} */ name, /** @type {HTMLElement} */ input) => h("label.field", h("span", name), input);
  const element = h(
    "div.model-fields",
    field(t("models.save.name"), inputs.title),
    field(t("models.save.author"), inputs.author),
    field(t("models.save.licence"), inputs.licence),
    field(t("models.save.note"), inputs.note),
    left,
    h("datalist", { id: "model-licences" }, LICENCES.map((value) => h("option", { value }))),
  );
  const keys = /** @type {(keyof typeof inputs)[]} */ (Object.keys(inputs));
  /** @type {Set<string>} */
  const typed = new Set();
  for (const key of keys) inputs[key].addEventListener("input", () => void typed.add(key));
  return {
    element,
    fit,
    values: () => Object.fromEntries(keys.map((key) => [key, inputs[key].value.trim()])),
    fill: (/** @type {ModelFacts} */ facts) => keys.forEach((key) => void (typed.has(key) || (inputs[key].value = facts[key]))),
  };
}

/** @param {ModelFacts} facts */
function factRows(facts) {
  return [
    fact(t("labels.list.title"), h("ul.model-labels", facts.labels.map(({ code, name, color, dice }) => labelRow(color, name || t("models.facts.noName", { code }), dice === null ? t("models.facts.code", { code }) : t("models.facts.codeDice", { code, dice: decimal(dice, 2) }))))),
    fact(t("models.facts.fitted"), fitText(facts)),
    fact(t("models.facts.from"), h("span", { title: facts.sources.map(({ sha256 }) => sha256).join("\n") }, t("models.facts.named", { sources: sourcesText(facts) }))),
    fact(t("models.facts.holds"), holdsText(facts)),
  ];
}

/** @param {Pick<ModelFacts, "contents" | "file_bytes">} facts */
const holdsText = ({ contents, file_bytes: bytes }) => t("models.facts.size", { contents: contentsText(contents), size: sizeText(bytes) });

const fact = (/** @type {string} */ name, /** @type {import("../lib/dom.js").Child} */ content) => h("div.model-fact", h("h3", name), h("div", content));

/** @param {string | null} color @param {string} name @param {import("../lib/dom.js").Child} said */
const labelRow = (color, name, said) => h("li", h("i.name-swatch", { style: { background: color ?? "var(--ink-5)" } }), h("span.ellipsis", { title: name }, name), h("span.dim.num", said));

/**
 * Choose a file, show what is in it and what its labels become, and take it.
 * @param {Store} store
 * @param {{models: ModelIntents}} intents
 */
export function openUseModel(store, { models }) {
  pickModel((file) => void showModel(file, store, { models }));
}

/**
 * Choose a file, name a project and take the file as its first model.
 * @param {Store} store
 * @param {{models: ModelIntents}} intents
 */
export function openProjectFromModel(store, { models }) {
  pickModel(async (file) => {
    const name = await promptDialog(t("models.begin.title"), t("projects.new.name"), file.name.replace(/(\.fewshot)?\.safetensors$/i, ""), t("projects.new.do"));
    if (!name) return;
    const before = store.state.project?.id;
    const id = await models.begin(name);
    if (id && !(await showModel(file, store, { models }))) await models.discard(id, before);
  });
}

/** @param {(file: File) => void} taken */
function pickModel(taken) {
  const input = h("input", { type: "file", accept: SUFFIX, "data-testid": "model-input" });
  input.addEventListener("change", () => input.files?.[0] && taken(input.files[0]));
  input.click();
}

/**
 * What its labels become is said of the project that was open when the file was chosen, and done in no other.
 * @param {File} file
 * @param {Store} store
 * @param {{models: ModelIntents}} intents
 * @returns {Promise<boolean>} whether it is shown
 */
async function showModel(file, store, { models }) {
  const id = store.state.project?.id;
  const isOpen = () => store.state.project?.id === id;
  const found = await models.check(file);
  if (!found || !isOpen()) return false;
  const plan = plannedLabels(found);
  const use = () => {
    dialog.close();
    if (isOpen()) void models.take(file, plan.names());
  };
  const said = enumerated([found.author && t("models.use.author", { author: found.author }), found.licence ? t("models.use.licence", { licence: found.licence }) : t("models.use.noLicence"), found.program]);
  const dialog = openDialog(
    found.title || t("models.use.noTitle"),
    [
      h("p", said),
      found.note && h("p.model-said", found.note),
      fact(t("labels.list.title"), plan.element),
      fact(t("models.facts.fitted"), fitText(found)),
      fact(t("models.facts.from"), sourcesText(found)),
      fact(t("models.facts.holds"), holdsText(found)),
      fact(t("models.facts.sha256"), h("span.num.model-hash", found.sha256)),
      h("div.dialog-foot", h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")), h("button.button.primary", { "data-testid": "use-model-ok", autofocus: true, onclick: use }, store.state.project ? t("models.use.do", { project: store.state.project.name }) : t("models.use.doHere"))),
    ],
    { testid: "use-model-dialog" },
  );
  return true;
}

/**
 * Each label and what it becomes; of one whose code has another name here, a choice.
 * @param {CheckedModel} found
 */
function plannedLabels({ plan }) {
  /** @type {Map<string, HTMLSelectElement>} */
  const choices = new Map();
  const becomes = (/** @type {CheckedModel["plan"][number]} */ { code, name, label_name: ours, asked }) => {
    if (!ours) return t("models.use.labelNew");
    if (!asked) return ours === name ? t("models.use.labelSame") : t("models.use.labelIs", { name: ours });
    const choice = h("select.input.small", { "aria-label": t("models.use.labelAsked", { name }), "data-testid": `model-label-${code}` }, h("option", { value: NameChoice.NEW }, t("models.use.labelNew")), h("option", { value: NameChoice.KEEP }, t("models.use.labelIs", { name: ours })));
    choices.set(String(code), choice);
    return choice;
  };
  const element = h("ul.model-labels", plan.map((each) => labelRow(each.color, each.name, becomes(each))));
  const names = () => /** @type {Record<string, NameChoiceName>} */ (Object.fromEntries([...choices].map(([code, choice]) => [code, choice.value])));
  return { element, names };
}

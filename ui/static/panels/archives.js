/** The dialog of the hospital's archives: what to search for, the studies that were found, the series of one. */
import { openDialog } from "../lib/dialog.js";
import { h, setText } from "../lib/dom.js";
import { archivesHere, seriesText, studyText } from "../state/archives.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Archive, ArchiveSeries, ArchiveStudy } from "../api/types.d.ts"
 * @typedef {Pick<import("../controllers/archives.js").ArchiveController, "studies" | "series" | "open">} ArchiveIntents
 */

const MODALITIES = ["CT", "MR", "PT", "NM", "US", "CR", "DX", "MG", "XA"];
const MAX_LENGTH = 64;

/** @param {Store} store @param {{ archives: ArchiveIntents }} intents */
export function openArchives(store, { archives }) {
  const search = new ArchiveSearch(archivesHere(store.state), archives, () => dialog.close());
  const dialog = openDialog(t("archives.title"), search.element, { testid: "archives-dialog", wide: true });
  search.focus();
}

class ArchiveSearch {
  #asked = 0;

  /**
   * @param {readonly Archive[]} offered
   * @param {ArchiveIntents} archives
   * @param {() => void} close
   */
  constructor(offered, archives, close) {
    this.offered = offered;
    this.archives = archives;
    this.close = close;
    const line = (/** @type {string} */ name, /** @type {Record<string, string | number>} */ more = {}) => h("input.input", { name, maxlength: MAX_LENGTH, autocomplete: "off", "data-testid": `archive-${name}`, ...more });
    this.archive = h("select.input", { "data-testid": "archive-select" }, offered.map((each) => h("option", { value: each.id }, each.name)));
    this.id = line("patient-id");
    this.name = line("patient-name", { placeholder: t("archives.form.nameExample") });
    this.first = line("first-day", { type: "date" });
    this.last = line("last-day", { type: "date" });
    this.first.addEventListener("change", () => (this.last.min = this.first.value)); // the browser then says so
    this.modality = h("select.input", { "data-testid": "archive-modality" }, h("option", { value: "" }, t("archives.form.any")), MODALITIES.map((each) => h("option", { value: each }, each)));
    const field = (/** @type {string} */ text, /** @type {HTMLElement} */ input) => h("label.field", h("span", text), input);
    this.form = h(
      "form.archive-form",
      { onsubmit: (event) => (event.preventDefault(), void this.#search()) },
      offered.length > 1 && field(t("archives.form.archive"), this.archive),
      field(t("archives.form.patientName"), this.name),
      field(t("archives.form.patientId"), this.id),
      field(t("archives.form.firstDay"), this.first),
      field(t("archives.form.lastDay"), this.last),
      field(t("archives.form.modality"), this.modality),
      h("button.button.primary", { type: "submit", "data-testid": "archive-search" }, t("archives.form.search")),
    );
    this.note = h("p.archive-note", { role: "status", "data-testid": "archive-note" }, t("archives.form.note"));
    this.list = h("div.series-list.archive-list");
    this.element = h("div", this.form, this.note, this.list);
  }

  focus() {
    this.name.focus();
  }

  get #archive() {
    return this.offered.find((each) => each.id === this.archive.value) ?? this.offered[0];
  }

  /**
   * What is found; null where another question was asked by then, or where it failed, which the dialog says.
   * @template T
   * @param {Promise<T>} answer
   * @param {HTMLElement[]} [otherwise] what is listed if it fails
   * @returns {Promise<T | null>}
   */
  async #latest(answer, otherwise = []) {
    const asked = ++this.#asked;
    this.list.replaceChildren();
    this.#say(t("archives.list.asking", { archive: this.#archive.name }));
    try {
      const found = await answer;
      return asked === this.#asked ? found : null;
    } catch (error) {
      if (asked !== this.#asked) return null;
      this.#say(error instanceof Error && error.message ? error.message : t("dialogs.failed"), { isError: true });
      this.list.replaceChildren(...otherwise);
      return null;
    }
  }

  /** @param {string} text */
  #say(text, { isError = false } = {}) {
    setText(this.note, text);
    this.note.classList.toggle("error", isError);
  }

  async #search() {
    const archive = this.#archive;
    const typed = { patient_id: this.id.value.trim(), patient_name: this.name.value.trim(), first_day: this.first.value, last_day: this.last.value, modality: this.modality.value };
    const found = await this.#latest(this.archives.studies(archive, Object.fromEntries(Object.entries(typed).filter(([, value]) => value))));
    if (found) this.#showStudies(archive, found);
  }

  /** @param {Archive} archive @param {import("../api/types.d.ts").FoundStudies} found */
  #showStudies(archive, found) {
    this.#say(!found.studies.length ? t("archives.list.none") : found.more ? t("archives.list.more", { count: found.studies.length }) : t("archives.list.studies", { count: found.studies.length }));
    this.list.replaceChildren(...found.studies.map((study) => this.#row(study.modalities.join(" "), studyText(study), "archive-study", () => void this.#choose(archive, study, found))));
  }

  /** @param {Archive} archive @param {ArchiveStudy} study @param {import("../api/types.d.ts").FoundStudies} studies to go back to */
  async #choose(archive, study, studies) {
    const back = h("button.link", { "data-testid": "archive-back", onclick: () => this.#showStudies(archive, studies) }, t("archives.list.back"));
    const found = await this.#latest(this.archives.series(archive, study), [h("div", back)]);
    if (!found) return;
    const { text, hint } = studyText(study);
    this.#say(found.series.length ? t("archives.list.seriesOf", { patient: text, study: hint }) : t("archives.list.noSeries"));
    this.list.replaceChildren(h("div", back), ...found.series.map((series) => this.#seriesRow(archive, study, series)));
    back.focus();
  }

  /** @param {Archive} archive @param {ArchiveStudy} study @param {ArchiveSeries} series */
  #seriesRow(archive, study, series) {
    if (!series.is_scan) return h("div.series-row.no-scan", { "data-testid": "archive-no-scan" }, this.#parts(series.modality, seriesText(series)), h("span.dim", t("archives.list.noScan")));
    const open = () => {
      this.close();
      void this.archives.open(archive, study, series);
    };
    return this.#row(series.modality, seriesText(series), "archive-series", open);
  }

  /** @param {string} lead @param {{ text: string, hint: string }} said @param {string} testid @param {() => void} run */
  #row(lead, said, testid, run) {
    return h("button.series-row", { "data-testid": testid, onclick: run }, this.#parts(lead, said));
  }

  /** @param {string} lead @param {{ text: string, hint: string }} said */
  #parts(lead, { text, hint }) {
    return [h("span.series-modality", lead || "?"), h("span.series-name", text), h("span.num.dim", hint)];
  }
}

/** The question what a label is: a search field over a list of terms, of which one is taken by Enter or a click. */
import { MAX_NAME_LENGTH } from "../api/contract.js";
import { openDialog } from "../lib/dialog.js";
import { h, setAttr, setText } from "../lib/dom.js";
import { isSameTerm, termCode, termText } from "../state/terms.js";
import { enumerated, t } from "../words/index.js";

/**
 * @import { Label, Term, Terms } from "../api/types.d.ts"
 * @typedef {(words: string) => Promise<Terms | null>} FindTerms null when it failed, which was told
 */

/**
 * @param {Label} label its name is what is searched for first
 * @param {FindTerms} find
 * @returns {Promise<Term | null | undefined>} null: it is to have none; undefined: it stays as it is
 */
export function termDialog(label, find) {
  return new Promise((resolve) => {
    /** @type {Term | null | undefined} */
    let answer;
    const done = (/** @type {Term | null} */ term) => {
      answer = term;
      dialog.close();
    };
    const search = new TermSearch(label, find, done);
    const dialog = openDialog(
      t("labels.term.title", { name: label.name }),
      [
        h("p", t("labels.term.what")),
        label.term && chosen(label.term),
        search.element,
        h(
          "div.dialog-foot",
          label.term && h("button.button", { "data-testid": "term-off", onclick: () => done(null) }, t("labels.term.takeOff")),
          h("button.button", { onclick: () => dialog.close() }, t("dialogs.cancel")),
        ),
      ],
      { testid: "term-dialog", onClose: () => resolve(answer) },
    );
    search.begin();
  });
}

/** @param {Term} term */
const chosen = (term) => h("p.term-chosen", { "data-testid": "term-chosen" }, h("strong", termText(term)), h("small.num", enumerated([term.category.meaning, termCode(term)])));

/** A field and, under it, what its words may mean: a combobox, whose focus stays in the field. */
class TermSearch {
  /** @type {Term[]} */
  #terms = [];
  #active = -1;
  #asked = 0;
  /** the last search that was begun */
  #search = Promise.resolve();

  /**
   * @param {Label} label
   * @param {FindTerms} find
   * @param {(term: Term) => void} done
   */
  constructor(label, find, done) {
    this.label = label;
    this.find = find;
    this.done = done;
    this.list = h("ul.term-list", { id: "term-list", role: "listbox", "aria-label": t("labels.term.found"), hidden: true });
    this.note = h("p.term-note", { role: "status", "data-testid": "term-note" });
    this.field = h("input.input", {
      value: label.name.slice(0, MAX_NAME_LENGTH),
      maxlength: MAX_NAME_LENGTH,
      placeholder: t("labels.term.placeholder"),
      role: "combobox",
      autocomplete: "off",
      "aria-label": t("labels.term.search"),
      "aria-autocomplete": "list",
      "aria-controls": "term-list",
      "aria-expanded": "false",
      "data-testid": "term-search",
      oninput: () => this.#begin(true),
      onkeydown: (event) => this.#key(event),
    });
    this.element = h("div.term-search", this.field, this.note, h("div.term-results", this.list));
  }

  /** Look for the label's name, which the first key typed replaces. */
  begin() {
    this.field.focus();
    this.field.select();
    this.#begin(false);
  }

  /** @param {boolean} typed */
  #begin(typed) {
    this.#search = this.#found(typed);
  }

  /** @param {boolean} typed by a person, who means the first one that is found; a label's name may mean none */
  async #found(typed) {
    const asked = ++this.#asked;
    const words = this.field.value.trim();
    const nothing = { terms: [], meant: null };
    const found = words ? await this.find(words) : nothing;
    if (asked !== this.#asked) return; // other words are asked for by now
    const { terms, meant } = found ?? nothing;
    const present = typed ? null : (this.label.term ?? meant);
    this.#show(terms, typed ? 0 : terms.findIndex((term) => isSameTerm(term, present)));
    const proposed = !typed && !this.label.term && meant;
    setText(this.note, proposed ? t("labels.term.proposed", { term: termText(proposed) }) : words && found && !terms.length ? t("labels.term.none") : "");
  }

  /**
   * @param {Term[]} terms
   * @param {number} active
   */
  #show(terms, active) {
    this.#terms = terms;
    this.list.hidden = !terms.length;
    this.list.replaceChildren(...terms.map((term, at) => this.#option(term, at)));
    setAttr(this.field, "aria-expanded", String(terms.length > 0));
    this.#activate(terms.length ? active : -1);
  }

  /**
   * @param {Term} term
   * @param {number} at
   */
  #option(term, at) {
    const facts = { id: `term-${at}`, role: "option", title: term.category.meaning, "data-testid": "term", onclick: () => this.done(term) };
    return h("li.term", facts, h("span", termText(term)), h("small.num.dim", termCode(term)));
  }

  /** @param {number} at -1 for none */
  #activate(at) {
    this.#active = at;
    for (const [place, option] of [...this.list.children].entries()) {
      setAttr(option, "aria-selected", String(place === at));
      if (place === at) option.scrollIntoView?.({ block: "nearest" });
    }
    setAttr(this.field, "aria-activedescendant", at < 0 ? null : `term-${at}`);
  }

  /** The active term, once the answer to what is typed is there: until then it is one of earlier words. */
  async #take() {
    const search = this.#search;
    await search;
    if (search === this.#search && this.#active >= 0) this.done(this.#terms[this.#active]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const count = this.#terms.length;
    if (event.isComposing) return; // Enter ends the word there
    if (event.key === "Enter") {
      event.preventDefault();
      void this.#take();
    } else if (count && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      this.#activate(this.#active < 0 && step < 0 ? count - 1 : (this.#active + step + count) % count);
    }
  }
}

/** The project's labels: choose (click or number key), show and hide, recolour, rename, add, delete. */
import { api } from "../api/client.js";
import { confirmDialog } from "../lib/dialog.js";
import { formatMl, h, setStyle } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { closeMenu, menuItem, toggleMenu } from "../lib/menu.js";
import { toast, toastError } from "../lib/toast.js";
import { isJudged, nextSliceFor, qualityChip, warningNote } from "./quality.js";

export const COLOURS = [
  "#ff6b5e", "#4cc9f0", "#ffd166", "#7ae582", "#c77dff", "#ff9f1c",
  "#2ec4b6", "#ff7ab8", "#b8e05c", "#8ab4ff", "#e0a98f", "#d9d9d9",
];

export class LabelsPanel {
  constructor(store, { book, goTo, reloadBook }) {
    Object.assign(this, { store, book, goTo, reloadBook });
    this.list = h("ul.label-list", { role: "listbox", "aria-label": "Labels" });
    this.addRow = h("div.label-add");
    this.element = h(
      "section.panel.labels",
      h(
        "header.panel-head",
        h("h2", "Labels"),
        h("button.icon-button.small", { title: "Add a label", "aria-label": "Add a label", "data-testid": "add-label", onclick: () => this.#openAdd() }, icon("plus", 16)),
      ),
      this.list,
      this.addRow,
    );
    store.on(["labels", "activeLabel", "hiddenLabels", "mask", "project"], () => this.#render());
    store.when("book-loaded", () => this.#render());
    // Where a warning sends to depends on what is painted.
    store.when("slice-edited", () => store.state.mask?.labels.some(({ warning }) => warning) && this.#render());
  }

  /** Bring the first warning into view. */
  showWarnings() {
    this.list.querySelector(".label-warning")?.scrollIntoView({ block: "nearest" });
  }

  /** Add a label; resolves with it. */
  async add(name) {
    const { project, labels } = this.store.state;
    const used = new Set(labels.map((label) => label.color));
    const color = COLOURS.find((each) => !used.has(each)) ?? COLOURS[labels.length % COLOURS.length];
    const label = await api.createLabel(project.id, { name, color });
    this.store.set({ labels: [...this.store.state.labels, label], activeLabel: label.value });
    return label;
  }

  /** Ask for the first label's name: painting cannot start without one. */
  askForName() {
    this.#openAdd();
    toast("Name what you are going to paint first.");
  }

  #render() {
    const { labels, project, activeLabel } = this.store.state;
    this.list.replaceChildren(...labels.map((label, position) => this.#row(label, position)));
    const field = this.addRow.firstChild;
    if (project && !labels.length && !field) this.#openAdd({ focus: false });
    if (labels.length && field && field !== document.activeElement && !field.value) this.addRow.replaceChildren();
    if (activeLabel !== null && !labels.some((label) => label.value === activeLabel)) this.store.set({ activeLabel: labels[0]?.value ?? null });
  }

  #row(label, position) {
    const { activeLabel, hiddenLabels, mask } = this.store.state;
    const hidden = hiddenLabels.has(label.value);
    const active = label.value === activeLabel;
    const found = mask?.labels.find((each) => each.value === label.value);
    const volume = found && h("span.label-volume.num", { "data-testid": "label-volume" }, formatMl(found.volume_ml));
    const judged = found && isJudged(mask);
    const swatch = h("button.swatch", { title: "Change the colour", "aria-label": `Colour of ${label.name}`, onclick: (event) => this.#recolour(event, label) });
    setStyle(swatch, { background: label.color });
    const name = h("span.label-name", { title: label.name }, label.name);
    const row = h(
      `li.label-row${active ? ".active" : ""}${hidden ? ".is-hidden" : ""}${judged ? ".is-judged" : ""}`,
      {
        role: "option",
        "aria-selected": String(active),
        "data-testid": "label-item",
        "data-value": label.value,
        "data-active": String(active),
        onclick: () => this.store.set({ activeLabel: label.value }),
        ondblclick: (event) => event.target === name && this.#rename(label, name),
      },
      swatch,
      judged ? h("div.label-text", name, h("div.label-facts", qualityChip(found), volume)) : [name, volume],
      position < 9 && h("kbd", String(position + 1)),
      h(
        "button.icon-button.small.label-eye",
        { title: hidden ? "Show" : "Hide", "aria-label": `${hidden ? "Show" : "Hide"} ${label.name}`, "data-testid": "label-visibility", onclick: (event) => this.#toggle(event, label) },
        icon(hidden ? "eyeOff" : "eye", 15),
      ),
      h("button.icon-button.small.label-more", { "aria-label": `More about ${label.name}`, "data-testid": "label-menu", onclick: (event) => this.#menu(event, label, name) }, icon("dots", 15)),
      judged && warningNote(found, this.#nextSlice(label.value), this.goTo),
    );
    setStyle(row, { "--label": label.color });
    return row;
  }

  #nextSlice(value) {
    const { mask, voxels, plane } = this.store.state;
    const book = this.book();
    if (!book || !voxels) return null;
    const { slices: count, sliceStepMm: stepMm } = voxels.size(plane);
    return nextSliceFor(value, { book, mask, count, stepMm });
  }

  #toggle(event, label) {
    event.stopPropagation();
    const hidden = new Set(this.store.state.hiddenLabels);
    if (!hidden.delete(label.value)) hidden.add(label.value);
    this.store.set({ hiddenLabels: hidden });
  }

  #menu(event, label, name) {
    event.stopPropagation();
    const others = new Set(this.store.state.labels.map((each) => each.value).filter((value) => value !== label.value));
    toggleMenu(event.currentTarget, [
      menuItem("Rename", () => this.#rename(label, name), { testid: "label-rename" }),
      menuItem("Show only this", () => this.store.set({ hiddenLabels: others })),
      menuItem("Show all", () => this.store.set({ hiddenLabels: new Set() })),
      menuItem("Delete", () => this.#delete(label), { danger: true, testid: "label-delete" }),
    ]);
  }

  #recolour(event, label) {
    event.stopPropagation();
    const choose = (color) => {
      closeMenu();
      this.#update(label, { color });
    };
    const swatches = COLOURS.map((color) => {
      const button = h("button.swatch", { "aria-label": color, onclick: () => choose(color) });
      setStyle(button, { background: color });
      return button;
    });
    const custom = h("input", { type: "color", value: label.color, "aria-label": "Any colour", onchange: (change) => choose(change.target.value) });
    toggleMenu(event.currentTarget, [h("div.swatches", swatches), h("label.menu-custom", custom, "Other colour")], { className: "palette" });
  }

  #rename(label, name) {
    const input = h("input.input.inline", { value: label.name, maxlength: 80, "aria-label": "Label name", "data-testid": "label-name" });
    let finished = false;
    const done = (keep) => {
      if (finished) return; // taking the field away blurs it
      finished = true;
      const text = input.value.trim();
      input.replaceWith(name);
      if (keep && text && text !== label.name) this.#update(label, { name: text });
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") done(false);
    });
    input.addEventListener("blur", () => done(true));
    input.addEventListener("click", (event) => event.stopPropagation());
    name.replaceWith(input);
    input.focus();
    input.select();
  }

  async #update(label, patch) {
    try {
      const updated = await api.updateLabel(label.id, patch);
      this.store.set({ labels: this.store.state.labels.map((each) => (each.id === label.id ? updated : each)) });
    } catch (error) {
      toastError(error);
    }
  }

  async #delete(label, force = false) {
    try {
      await api.deleteLabel(label.id, force);
      this.store.set({ labels: this.store.state.labels.filter((each) => each.id !== label.id) });
      if (force) await this.reloadBook();
    } catch (error) {
      if (error.status !== 409 || force) return toastError(error);
      const sure = await confirmDialog(`Delete ${label.name}?`, "It is painted on some slices of this project. Deleting the label removes it from all of them.", "Delete label");
      if (sure) await this.#delete(label, true);
    }
  }

  #openAdd({ focus = true } = {}) {
    const input = h("input.input", { placeholder: "Name a structure, e.g. Spleen", maxlength: 80, "aria-label": "Name of the new label", "data-testid": "new-label-name" });
    const close = () => this.addRow.replaceChildren();
    const submit = async () => {
      const name = input.value.trim();
      if (input.disabled) return; // disabling takes the focus, and the blur would submit again
      if (!name) return close();
      input.disabled = true;
      try {
        await this.add(name);
        close();
      } catch (error) {
        input.disabled = false;
        toastError(error);
      }
    };
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter") submit();
      if (event.key === "Escape") close();
    });
    input.addEventListener("blur", () => (input.value.trim() ? submit() : this.store.state.labels.length && close()));
    this.addRow.replaceChildren(input);
    if (focus) input.focus();
  }
}

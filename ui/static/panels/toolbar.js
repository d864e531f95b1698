/** The tools (a column), and what can be set about the tool in hand and the view (a bar above the large pane). */
import { h, setAttr, setText } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { menuItem, toggleMenu } from "../lib/menu.js";
import { TOOLS } from "../tools/tools.js";

export const BRUSH_MM = { min: 0.5, max: 120 };

export class Toolbar {
  constructor(store, { undo, redo, fit, doubt }) {
    this.store = store;
    this.doubt = doubt; // the button of panels/uncertainty.js
    this.buttons = Object.entries(TOOLS).map(([id, tool]) => this.#toolButton(id, tool));
    this.undoButton = this.#action("undo", "Undo  Ctrl+Z", undo, "undo");
    this.redoButton = this.#action("redo", "Redo  Ctrl+Shift+Z", redo, "redo");
    this.column = h(
      "nav.tools",
      { "aria-label": "Tools" },
      this.buttons,
      h("hr"),
      this.undoButton,
      this.redoButton,
      h("hr"),
      this.#action("fit", "Fit to window  0", fit, "fit-view"),
    );
    this.bar = this.#bar();
    store.on(["tool", "history", "mainPane", "plane", "voxels"], () => this.#renderTools());
    store.on(["tool", "brushMm", "similarOnly", "tolerance", "protect", "maskOpacity", "smooth", "showLabels", "window", "volume"], () => this.#renderBar());
  }

  #toolButton(id, tool) {
    return h(
      "button.tool",
      { "data-testid": `tool-${id}`, "data-tool": id, title: `${tool.name}  ${tool.key}\n${tool.hint}`, "aria-label": tool.name, "aria-pressed": "false", onclick: () => this.store.set({ tool: id }) },
      icon(tool.icon, 20),
    );
  }

  #action(name, title, run, testid) {
    return h("button.tool", { title, "aria-label": title.split("  ")[0], "data-testid": testid, onclick: run }, icon(name, 20));
  }

  #bar() {
    const set = (patch) => this.store.set(patch);
    this.toolName = h("span.bar-tool");
    this.size = h("input", { type: "range", min: "0", max: "100", step: "0.5", "aria-label": "Brush size", "data-testid": "brush-size", oninput: () => set({ brushMm: fromSlider(Number(this.size.value)) }) });
    this.sizeText = h("span.num.bar-value");
    this.sizeGroup = h("label.bar-group", { title: "Brush size  [ and ]  or Shift + wheel" }, h("span", "Size"), this.size, this.sizeText);
    this.similar = this.#toggle("wand", "Similar only", "Paint only voxels like the one you start on", "similar-only", () => set({ similarOnly: !this.store.state.similarOnly }));
    this.tolerance = h("input", { type: "range", min: "2", max: "60", "aria-label": "Tolerance", "data-testid": "tolerance", oninput: () => set({ tolerance: Number(this.tolerance.value) / 100 }) });
    this.toleranceText = h("span.num.bar-value");
    this.toleranceGroup = h("label.bar-group", { title: "How much the intensity may differ" }, h("span.wide-only", "Tolerance"), this.tolerance, this.toleranceText);
    this.protect = this.#toggle("shield", "Protect", "Leave other labels untouched", "protect", () => set({ protect: !this.store.state.protect }));
    this.opacity = h("input", { type: "range", min: "0", max: "100", "aria-label": "Label opacity", "data-testid": "opacity", oninput: () => set({ maskOpacity: Number(this.opacity.value) / 100 }) });
    this.show = this.#toggle("eye", "Labels", "Show labels  O", "show-labels", () => set({ showLabels: !this.store.state.showLabels }));
    this.show.classList.add("is-plain");
    this.view = h("button.icon-button", { title: "Window and display", "aria-label": "Window and display", "data-testid": "window-menu", onclick: () => this.#viewMenu() }, icon("contrast", 18));
    // A slider let go by the mouse gives the arrow keys back to the slices; one reached by Tab keeps them.
    for (const input of [this.size, this.tolerance, this.opacity]) input.addEventListener("pointerup", () => input.blur());
    return h(
      "div.tool-bar",
      this.toolName,
      this.sizeGroup,
      this.similar,
      this.toleranceGroup,
      this.protect,
      h("span.spacer"),
      this.doubt,
      this.show,
      h("label.bar-group", { title: "Label opacity" }, this.opacity),
      this.view,
    );
  }

  #toggle(name, text, title, testid, run) {
    return h(
      "button.icon-button.toggle.wide",
      { title, "aria-label": title, "aria-pressed": "false", "data-testid": testid, onclick: run },
      icon(name, 18),
      h("span.wide-only", text),
    );
  }

  #viewMenu() {
    const { volume, smooth } = this.store.state;
    const presets = (volume?.presets ?? []).map((preset) =>
      menuItem(preset.name, () => this.store.set({ window: [preset.low, preset.high] }), { hint: `${round(preset.low)} to ${round(preset.high)}`, testid: "window-preset" }),
    );
    toggleMenu(
      this.view,
      [
        h("h3", "Window"),
        volume && menuItem("As opened", () => this.store.set({ window: volume.window }), { hint: "W" }),
        ...presets,
        h("p.menu-note", "Or drag with the right mouse button."),
        h("hr"),
        menuItem("Smooth image", () => this.store.set({ smooth: !smooth }), { checked: smooth }),
      ],
      { align: "right", testid: "window-menu-list" },
    );
  }

  #renderTools() {
    const { tool, history, mainPane, plane, voxels } = this.store.state;
    for (const button of this.buttons) {
      const id = button.dataset.tool;
      setAttr(button, "aria-pressed", String(id === tool));
      button.disabled = !voxels || (TOOLS[id].paints && mainPane !== plane);
    }
    this.undoButton.disabled = !history.canUndo;
    this.redoButton.disabled = !history.canRedo;
  }

  #renderBar() {
    const { tool, brushMm, similarOnly, tolerance, protect, maskOpacity, showLabels } = this.store.state;
    const { name, sized, paints } = TOOLS[tool];
    setText(this.toolName, name);
    this.sizeGroup.hidden = !sized;
    this.similar.hidden = tool !== "brush";
    this.toleranceGroup.hidden = !(tool === "fill" || (tool === "brush" && similarOnly));
    this.protect.hidden = !paints;
    this.size.value = toSlider(brushMm);
    setText(this.sizeText, `${brushMm < 10 ? brushMm.toFixed(1) : Math.round(brushMm)} mm`);
    this.tolerance.value = tolerance * 100;
    setText(this.toleranceText, `${Math.round(tolerance * 100)} %`);
    this.opacity.value = maskOpacity * 100;
    setAttr(this.similar, "aria-pressed", String(similarOnly));
    setAttr(this.protect, "aria-pressed", String(protect));
    setAttr(this.show, "aria-pressed", String(showLabels));
    this.show.firstChild.replaceWith(icon(showLabels ? "eye" : "eyeOff", 18));
    for (const input of [this.size, this.tolerance, this.opacity]) {
      input.style.setProperty("--fill", `${((input.value - input.min) / (input.max - input.min)) * 100}%`);
    }
  }
}

const round = (value) => (Math.abs(value) < 10 ? Number(value.toFixed(2)) : Math.round(value));

// The slider is logarithmic: small brushes are where a millimetre matters.
const LOG_SPAN = Math.log(BRUSH_MM.max / BRUSH_MM.min);
const fromSlider = (at) => BRUSH_MM.min * Math.exp((at / 100) * LOG_SPAN);
const toSlider = (mm) => (Math.log(mm / BRUSH_MM.min) / LOG_SPAN) * 100;

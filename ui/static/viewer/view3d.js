/**
 * The 3D pane: NiiVue shows the scan as a rendered volume, and the predicted labels as surfaces. NiiVue is loaded
 * when there is something to show, so that a slow graphics card never delays painting.
 */
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";
import { isPictures } from "../state/pictures.js";
import { t } from "../words/index.js";

/**
 * @import { Store } from "../state/store.js"
 * @import { Niivue } from "./niivue.d.ts"
 * @import { Volume } from "./volume.js"
 */

/**
 * Addresses that NiiVue fetches by itself.
 * @typedef {object} Links
 * @property {string} library
 * @property {(volumeId: string) => string} preview
 * @property {(maskId: string, value: number) => string} mesh
 */

/** @typedef {"empty" | "volume" | "surfaces" | "failed"} State3d */

export class View3d {
  /** @type {Niivue | null} */
  #viewer = null;
  /** @type {Promise<void>} */
  #queue = Promise.resolve();
  /** @type {Volume | null} the volume whose scan NiiVue holds */
  #held = null;
  /** @type {string | null | undefined} id of the mask whose surfaces NiiVue holds; null is none, undefined is not known */
  #surfacesOf = undefined;
  /** @type {number[]} label of each surface */
  #values = [];
  #withScan = false;

  /**
   * @param {Store} store
   * @param {{onExpand: () => void, links: Links}} options
   */
  constructor(store, { onExpand, links }) {
    this.store = store;
    this.links = links;
    this.canvas = h("canvas.canvas-3d", { "data-testid": "canvas-3d" });
    this.note = h("p.pane-note");
    const aboutScan = t("viewer.threeD.scan");
    this.scanToggle = h("button.icon-button.small.toggle", { title: aboutScan, "aria-label": aboutScan, "aria-pressed": "false", hidden: true, onclick: () => this.#toggleScan() }, icon("cube", 14));
    this.expand = h("button.icon-button.small.pane-expand", { title: t("viewer.threeD.enlarge"), "aria-label": t("viewer.threeD.enlarge"), "data-testid": "expand-3d", onclick: onExpand }, icon("expand", 14));
    this.element = h(
      "section.pane.pane-3d",
      { "data-testid": "pane-3d", "aria-label": t("viewer.threeD.name"), "data-state": "empty" },
      this.canvas,
      h("header.pane-head", h("span.pane-title", t("viewer.threeD.title")), this.scanToggle, this.expand),
      this.note,
    );
    this.#listen();
  }

  #listen() {
    const { store } = this;
    const showVolume = () => {
      this.#setState("empty"); // at once: never one patient's head beside another's slices
      this.#later(() => this.#showVolume());
    };
    store.on("voxels", showVolume, { now: false });
    store.when("modality-changed", showVolume);
    store.on("mask", () => this.#later(() => this.#showMask()), { now: false });
    store.on(["labels", "hiddenLabels", "showLabels"], () => this.#later(async () => this.#recolour()), { now: false });
  }

  /** @param {State3d} state */
  #setState(state) {
    this.element.dataset.state = state;
  }

  /**
   * One change after another: NiiVue's loaders are not made to overlap. A failure counts for the volume it happened to.
   * @param {() => Promise<void>} step
   */
  #later(step) {
    this.#queue = this.#queue.then(async () => {
      const { voxels } = this.store.state;
      try {
        await step();
      } catch (error) {
        console.warn("3D view:", error);
        if (this.store.state.voxels !== voxels) return;
        this.note.textContent = t("viewer.threeD.failed");
        this.#setState("failed");
      }
    });
  }

  async #ready() {
    if (this.#viewer) return this.#viewer;
    if (!globalThis.niivue) await loadScript(this.links.library);
    if (!globalThis.niivue) throw new Error("the 3D library is not what was expected");
    const viewer = new globalThis.niivue.Niivue({
      backColor: [0.027, 0.035, 0.043, 1],
      show3Dcrosshair: false,
      isOrientCube: false,
      isOrientationTextVisible: false,
      dragAndDropEnabled: false,
      isResizeCanvas: true,
      loadingText: "",
      logLevel: "error",
    });
    await viewer.attachToCanvas(this.canvas);
    viewer.setSliceType(viewer.sliceTypeRender);
    viewer.opts.multiplanarForceRender = true;
    this.#viewer = viewer;
    return viewer;
  }

  async #showVolume() {
    const { voxels } = this.store.state;
    if (!voxels || isPictures(this.store.state)) return;
    await voxels.whole?.catch(() => {}); // the planes' voxels go first
    if (this.store.state.voxels !== voxels) return;
    const viewer = await this.#ready();
    this.#held = null;
    this.#removeSurfaces(viewer);
    await viewer.loadVolumes([{ url: this.links.preview(voxels.id), name: "preview.nii", colormap: "gray" }]);
    this.#held = voxels;
    if (!this.#isCurrent) return;
    viewer.setRenderAzimuthElevation(130, 12);
    this.#setState("volume");
    await this.#showMask();
  }

  /** Whether NiiVue holds the scan of the volume on screen; else what it shows must stay hidden. */
  get #isCurrent() {
    return this.#held !== null && this.#held === this.store.state.voxels;
  }

  async #showMask() {
    const { mask, labels } = this.store.state;
    const maskId = mask?.id ?? null;
    const viewer = this.#viewer;
    if (!viewer || !this.#isCurrent || this.#surfacesOf === maskId) return;
    this.#removeSurfaces(viewer);
    const present = (mask?.labels ?? []).filter((label) => label.voxels > 0);
    this.#values = present.map((label) => label.value);
    this.#showScan(!present.length || this.#withScan);
    for (const { value } of present) {
      const colour = labels.find((label) => label.value === value)?.color ?? "#cccccc";
      const url = this.links.mesh(maskId ?? "", value);
      await viewer.addMeshFromUrl({ url, name: `${value}.mz3`, rgba255: rgba(colour) });
      if (!this.#isCurrent) return;
    }
    this.#surfacesOf = maskId;
    this.scanToggle.hidden = !present.length;
    this.#showScan(!present.length || this.#withScan);
    this.#setState(present.length ? "surfaces" : "volume");
    this.#recolour();
  }

  /** @param {Niivue} viewer */
  #removeSurfaces(viewer) {
    this.#surfacesOf = undefined;
    while (viewer.meshes.length) viewer.removeMesh(viewer.meshes[0]);
  }

  #toggleScan() {
    this.#withScan = !this.#withScan;
    this.scanToggle.setAttribute("aria-pressed", String(this.#withScan));
    this.#showScan(this.#withScan);
  }

  /** @param {boolean} shown */
  #showScan(shown) {
    const viewer = this.#viewer;
    if (!viewer?.volumes.length) return;
    viewer.opts.meshXRay = shown && viewer.meshes.length ? 0.5 : 0;
    viewer.setOpacity(0, shown ? (viewer.meshes.length ? 0.35 : 1) : 0);
  }

  #recolour() {
    const viewer = this.#viewer;
    if (!viewer?.meshes.length) return;
    const { labels, hiddenLabels, showLabels } = this.store.state;
    viewer.meshes.forEach((mesh, n) => {
      const label = labels.find((each) => each.value === this.#values[n]);
      const visible = showLabels && label && !hiddenLabels.has(label.value);
      viewer.setMeshProperty(mesh.id, "visible", Boolean(visible));
      if (label) viewer.setMeshProperty(mesh.id, "rgba255", rgba(label.color));
    });
  }

  /** NiiVue follows its canvas only when told. */
  resize() {
    this.#viewer?.resizeListener?.();
    this.#viewer?.drawScene();
  }
}

/** @param {string} colour "#rrggbb" */
function rgba(colour) {
  return Uint8Array.from([...[1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)), 255]);
}

/** @param {string} source */
function loadScript(source) {
  return new Promise((resolve, reject) => {
    const script = h("script", { src: source });
    script.onload = resolve;
    // eslint-disable-next-line no-restricted-syntax -- for the console; the pane says in words that there is no 3D
    script.onerror = () => reject(new Error("the 3D library did not load"));
    document.head.append(script);
  });
}

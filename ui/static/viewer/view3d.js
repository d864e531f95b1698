/**
 * The 3D pane: NiiVue shows the scan as a rendered volume, and the predicted labels as surfaces. NiiVue is loaded
 * when there is something to show, so that a slow graphics card never delays painting.
 */
import { url } from "../api/client.js";
import { h } from "../lib/dom.js";
import { icon } from "../lib/icons.js";

const LIBRARY = url("static/vendor/niivue.umd.js");

export class View3d {
  #viewer = null;
  #queue = Promise.resolve();

  constructor(store, { onExpand }) {
    this.store = store;
    this.canvas = h("canvas.canvas-3d", { "data-testid": "canvas-3d" });
    this.note = h("p.pane-note");
    this.scanToggle = h("button.icon-button.small.toggle", { title: "Show the scan around the surfaces", "aria-label": "Show the scan around the surfaces", "aria-pressed": "false", hidden: true, onclick: () => this.#toggleScan() }, icon("cube", 14));
    this.expand = h("button.icon-button.small.pane-expand", { title: "Make 3D the large view", "aria-label": "Make 3D the large view", "data-testid": "expand-3d", onclick: onExpand }, icon("expand", 14));
    this.element = h(
      "section.pane.pane-3d",
      { "data-testid": "pane-3d", "aria-label": "3D view", "data-state": "empty" },
      this.canvas,
      h("header.pane-head", h("span.pane-title", "3D"), this.scanToggle, this.expand),
      this.note,
    );
    this.withScan = false;
    store.on(
      ["voxels"],
      () => {
        this.element.dataset.state = "empty"; // at once: never one patient's head beside another's slices
        this.#later(() => this.#showVolume());
      },
      { now: false },
    );
    store.on(["mask"], () => this.#later(() => this.#showMask()), { now: false });
    store.on(["labels", "hiddenLabels", "showLabels"], () => this.#later(() => this.#recolour()), { now: false });
  }

  /** One change after another: NiiVue's loaders are not made to overlap. */
  #later(step) {
    this.#queue = this.#queue.then(step).catch((error) => {
      console.warn("3D view:", error);
      this.note.textContent = "3D needs WebGL 2, which this browser does not offer.";
      this.element.dataset.state = "failed";
    });
  }

  async #ready() {
    if (this.#viewer) return this.#viewer;
    if (!globalThis.niivue) await loadScript(LIBRARY);
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
    if (!voxels) return;
    await voxels.whole?.catch(() => {}); // the planes' voxels go first
    if (this.store.state.voxels !== voxels) return;
    const viewer = await this.#ready();
    while (viewer.meshes.length) viewer.removeMesh(viewer.meshes[0]);
    await viewer.loadVolumes([{ url: url(`api/volumes/${voxels.id}/preview.nii`), name: "preview.nii", colormap: "gray" }]);
    if (this.store.state.voxels !== voxels) return;
    viewer.setRenderAzimuthElevation(130, 12);
    this.element.dataset.state = "volume";
    await this.#showMask();
  }

  async #showMask() {
    const { mask, labels } = this.store.state;
    if (!this.#viewer || !this.store.state.voxels) return;
    const viewer = this.#viewer;
    while (viewer.meshes.length) viewer.removeMesh(viewer.meshes[0]);
    const present = (mask?.labels ?? []).filter((label) => label.voxels > 0);
    this.values = present.map((label) => label.value);
    this.#showScan(!present.length || this.withScan);
    for (const { value } of present) {
      const colour = labels.find((label) => label.value === value)?.color ?? "#cccccc";
      await viewer.addMeshFromUrl({ url: url(`api/masks/${mask.id}/meshes/${value}`), name: `${value}.mz3`, rgba255: rgba(colour) });
    }
    this.scanToggle.hidden = !present.length;
    this.#showScan(!present.length || this.withScan);
    this.element.dataset.state = present.length ? "surfaces" : "volume";
    this.#recolour();
  }

  #toggleScan() {
    this.withScan = !this.withScan;
    this.scanToggle.setAttribute("aria-pressed", String(this.withScan));
    this.#showScan(this.withScan);
  }

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
      const label = labels.find((each) => each.value === this.values[n]);
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

function rgba(colour) {
  return Uint8Array.from([...[1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)), 255]);
}

function loadScript(source) {
  return new Promise((resolve, reject) => {
    const script = h("script", { src: source });
    script.onload = resolve;
    script.onerror = () => reject(new Error("the 3D library did not load"));
    document.head.append(script);
  });
}

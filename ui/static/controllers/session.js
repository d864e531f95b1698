/**
 * What is open: projects, the volume on screen, its voxels, painted slices, mask, and how far its encoding is. All
 * loading lives here; panels only read the store.
 */
import { api, fetchBytes, fetchInto, isBusy } from "../api/client.js";
import { clamp } from "../lib/dom.js";
import { openWorkspace } from "./newcomer.js";
import { awaitEncoder } from "./system.js";
import { toast, toastError } from "../lib/toast.js";
import { restoreUnsaved } from "./restore.js";
import { AnnotationBook } from "../state/annotations.js";
import { maskExtents } from "../viewer/extents.js";
import { PLANES } from "../viewer/planes.js";
import { Volume } from "../viewer/volume.js";

const ENCODING_POLL_MS = 1000;
const SMALL_BYTES = 16 * 1024 * 1024;
const REMEMBERED = "fewshot-sam:last";

export class Session {
  #loading = null; // AbortController of the volume that is arriving
  #encodingTimer = 0;
  #fetching = null; // voxels whose slice on screen is being fetched

  constructor(store, { edits, saver }) {
    Object.assign(this, { store, edits, saver });
    this.book = null;
    this.runs = null; // set by main.js: watches a run that goes on
    store.on("cursor", () => this.#fetchMissing(), { now: false });
  }

  async start() {
    try {
      const [system, found] = await Promise.all([api.system(), api.projects()]);
      const projects = found.length ? found : await openWorkspace();
      this.store.set({ system, projects });
      awaitEncoder(this.store);
      const last = remembered();
      const project = projects.find((each) => each.id === last.project) ?? projects[0];
      if (project) await this.openProject(project.id, last.volume);
      else this.#show({ project: null, labels: [], volumes: [] });
    } catch (error) {
      toastError(error);
      this.store.set({ failedToStart: true });
    }
  }

  /** The id of a project to put things into; made when there is none. */
  async ensureProject() {
    const { project } = this.store.state;
    if (project) return project.id;
    const made = await api.createProject("My project");
    await this.openProject(made.id);
    return made.id;
  }

  async openProject(id, volumeId = null) {
    const [project, projects] = await Promise.all([api.project(id), api.projects()]);
    this.store.set({ projects });
    this.#show({ project: { id: project.id, name: project.name }, labels: project.labels, volumes: project.volumes });
    this.store.set({ activeLabel: project.labels[0]?.value ?? null, hiddenLabels: new Set() });
    const volume = project.volumes.find((each) => each.id === volumeId) ?? project.volumes[0];
    remember({ project: id, volume: volume?.id ?? null });
    if (volume) await this.openVolume(volume.id);
  }

  /** Let the open volume go (before it is deleted). */
  leaveVolume() {
    this.#closeVolume();
  }

  #show(patch) {
    this.#closeVolume();
    this.store.set(patch);
  }

  #closeVolume() {
    this.#loading?.abort();
    clearTimeout(this.#encodingTimer);
    this.book = null;
    this.edits.open(null);
    this.store.set({ volume: null, voxels: null, mask: null, confidence: null, showDoubt: false, run: null, loading: null, downloaded: false });
    this.store.emit("book-loaded");
  }

  async volumeArrived(summary) {
    const { project } = this.store.state;
    if (project?.id !== summary.project_id) return this.openProject(summary.project_id, summary.id);
    const others = this.store.state.volumes.filter((each) => each.id !== summary.id);
    this.store.set({ volumes: [...others, summary] });
    await this.openVolume(summary.id);
  }

  replaceSummary(summary) {
    this.store.set({
      volumes: this.store.state.volumes.map((each) => (each.id === summary.id ? summary : each)),
      ...(this.store.state.volume?.id === summary.id && { volume: summary }),
    });
  }

  async openVolume(id) {
    if (this.store.state.volume?.id === id && this.store.state.voxels && this.book) return;
    this.#closeVolume();
    const controller = new AbortController();
    this.#loading = controller;
    try {
      const summary = await api.volume(id);
      if (controller.signal.aborted) return;
      this.replaceSummary(summary);
      this.store.set({ volume: summary, plane: summary.plane, mainPane: summary.plane, window: summary.window, run: summary.run });
      remember({ project: summary.project_id, volume: id });
      const voxels = await this.#showFirstSlice(summary, controller.signal);
      if (controller.signal.aborted) return;
      await Promise.all([voxels.whole, this.#afterVoxels(summary, controller.signal)]);
    } catch (error) {
      if (!controller.signal.aborted) {
        this.store.set({ loading: null });
        toastError(error);
      }
    }
  }

  /**
   * What is on screen comes first: the annotation plane's middle slice alone, then the other planes' while all voxels
   * follow in one piece. A small volume comes whole.
   */
  async #showFirstSlice(summary, signal) {
    this.store.set({ loading: { text: `Opening ${summary.name}`, fraction: 0 } });
    const voxels = new Volume(summary);
    const cursor = summary.shape.map((count) => Math.floor(count / 2));
    if (voxels.data.byteLength > SMALL_BYTES) {
      const index = cursor[PLANES[summary.plane].axis];
      voxels.put(summary.plane, index, await api.volumeSlice(summary.id, summary.plane, index, signal));
      voxels.whole = this.#fill(voxels, signal);
    } else {
      await (voxels.whole = this.#fill(voxels, signal));
    }
    voxels.whole.catch(() => {}); // openVolume tells of it; the 3D view only waits
    if (signal.aborted) return voxels;
    const widest = Math.max(...summary.shape.map((count, axis) => count * summary.spacing_mm[axis]));
    this.store.set({ voxels, cursor, brushMm: clamp(widest * 0.03, 1, 20) });
    this.#fetchMissing();
    return voxels;
  }

  /** All voxels, in one piece. */
  async #fill(voxels, signal) {
    const { data, id } = voxels;
    const report = (fraction) => {
      voxels.arrived = Math.floor(fraction * data.length);
      const { loading } = this.store.state;
      if (loading && fraction - loading.fraction >= 0.01) this.store.set({ loading: { ...loading, fraction } });
    };
    await fetchInto(new Uint8Array(data.buffer), `api/volumes/${id}/voxels`, report, signal);
    if (signal.aborted) return;
    this.store.set({ loading: null });
    this.store.emit("slice-arrived", null);
  }

  /** While voxels travel, fetch the slices on screen that are not here yet, one at a time. */
  async #fetchMissing() {
    const { voxels, cursor, plane } = this.store.state;
    if (this.#fetching === voxels || !voxels) return;
    const missing = voxels.missing(cursor);
    if (!missing.length) return;
    const next = missing.includes(plane) ? plane : missing[0];
    const index = cursor[PLANES[next].axis];
    this.#fetching = voxels;
    try {
      voxels.put(next, index, await api.volumeSlice(voxels.id, next, index, this.#loading.signal));
      if (this.store.state.voxels === voxels) this.store.emit("slice-arrived", { plane: next, index });
    } catch {
      return; // the voxels are on their way, or their failure is told
    } finally {
      if (this.#fetching === voxels) this.#fetching = null;
    }
    this.#fetchMissing();
  }

  async #afterVoxels(summary, signal) {
    if (signal.aborted) return;
    await this.loadBook();
    this.#watchEncoding();
    if (signal.aborted) return;
    if (summary.mask_id) await this.loadMask(summary.mask_id);
    this.runs.watch();
  }

  /** Painted slices of the annotation plane from the server, then this browser's unsaved ones over them. */
  async loadBook() {
    const { volume, voxels, plane } = this.store.state;
    const book = new AnnotationBook(voxels.shape, plane);
    const entries = (await api.annotations(volume.id)).filter((entry) => entry.plane === plane);
    await Promise.all(entries.map((entry) => this.#loadSlice(book, volume.id, entry)));
    if (this.store.state.voxels !== voxels || this.store.state.plane !== plane) return;
    const restored = await restoreUnsaved(book, volume.id, this.saver);
    if (this.store.state.voxels !== voxels || this.store.state.plane !== plane) return;
    this.book = book;
    this.edits.open(book);
    this.store.emit("book-loaded");
    if (restored) toast(restored === 1 ? "An unsaved slice was restored." : `${restored} unsaved slices were restored.`, { kind: "success" });
  }

  async #loadSlice(book, volumeId, { slice_index: index, state, version }) {
    const slice = book.ensure(index);
    Object.assign(slice, { state, version });
    if (state === "painted") slice.labels.set(await api.annotationSlice(volumeId, book.plane, index));
  }

  async loadMask(maskId) {
    const { voxels } = this.store.state;
    const [mask, buffer] = await Promise.all([api.mask(maskId), fetchBytes(`api/masks/${maskId}/voxels`, voxels.data.length)]);
    const { volume } = this.store.state;
    if (this.store.state.voxels !== voxels || mask.volume_id !== volume?.id) return;
    const array = new Uint8Array(buffer);
    this.store.set({ mask: { ...mask, voxels: array, extents: maskExtents(array, voxels.shape, this.store.state.plane) }, confidence: null });
    await this.refreshSummary();
  }

  async refreshSummary() {
    const { volume } = this.store.state;
    if (volume) this.replaceSummary(await api.volume(volume.id));
  }

  /** Choose the plane to paint in: the server prepares its slices, beginning with the one on screen. */
  async choosePlane(plane) {
    const { volume, cursor, voxels, plane: before } = this.store.state;
    const kept = this.book?.indices("painted", "empty").length ?? 0;
    if (!PLANES[plane] || plane === this.store.state.plane) return;
    try {
      await this.saver.flush(volume.id);
      const summary = await api.updateVolume(volume.id, { plane, first_slice: cursor[PLANES[plane].axis] });
      if (this.store.state.voxels !== voxels) return;
      this.book = null;
      this.edits.open(null);
      this.store.set({ plane, mainPane: plane });
      this.replaceSummary(summary);
      const { mask } = this.store.state; // a run may have ended meanwhile
      if (mask) this.store.set({ mask: { ...mask, extents: maskExtents(mask.voxels, voxels.shape, plane) } });
      await this.loadBook();
      this.#watchEncoding();
      if (kept) toast(`Your ${kept} painted ${before} slice${kept === 1 ? "" : "s"} stay saved; paint in ${before} again to see them.`);
    } catch (error) {
      toastError(error);
    }
  }

  #watchEncoding() {
    clearTimeout(this.#encodingTimer);
    const { volume } = this.store.state;
    if (!volume || !["pending", "running"].includes(volume.encoding?.state)) return;
    this.#encodingTimer = setTimeout(async () => {
      try {
        const summary = await api.volume(volume.id);
        if (this.store.state.volume?.id !== volume.id) return;
        this.replaceSummary(summary);
        this.store.set({ online: true });
      } catch (error) {
        if (this.store.state.volume?.id !== volume.id) return;
        if (error.status && !isBusy(error)) return toastError(error);
        this.store.set({ online: false });
      }
      this.#watchEncoding();
    }, ENCODING_POLL_MS);
  }

  /** Take painted slices from a label map file. */
  pickLabelMap() {
    const input = document.createElement("input");
    input.type = "file";
    input.dataset.testid = "import-input";
    input.addEventListener("change", () => input.files[0] && this.importLabelMap(input.files[0]));
    input.click();
  }

  async importLabelMap(file) {
    const { volume, plane } = this.store.state;
    if (!volume) return;
    try {
      await this.saver.flush(volume.id);
      const { slices } = await api.importAnnotations(volume.id, file, plane);
      const project = await api.project(volume.project_id);
      if (this.store.state.volume?.id !== volume.id) return;
      this.store.set({ labels: project.labels, activeLabel: this.store.state.activeLabel ?? project.labels[0]?.value ?? null });
      await this.loadBook();
      toast(`${slices.length} painted slices imported.`, { kind: "success" });
    } catch (error) {
      toastError(error);
    }
  }
}

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED)) ?? {};
  } catch {
    return {};
  }
}

function remember(value) {
  try {
    localStorage.setItem(REMEMBERED, JSON.stringify(value));
  } catch {
    // storage is blocked: the next visit starts at the first project
  }
}

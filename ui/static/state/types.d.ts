/** What the page knows: the keys of the store, and the events it announces. */
import type { AnnotationBook } from "./annotations.js";
import type { Step } from "./history.js";
import type { Volume } from "../viewer/volume.js";
import type { Agreement, Batch, Label, Login, Mask, MaskOrigin, Model, Offer, OriginKindName, PlaneName, ProjectAccess, ProjectSummary, PromptKind, PromptPoint, Readings, Review, Run, Scores, SeriesChoice, SliceOrigins, System, Triple, VolumeSummary } from "../api/types.d.ts";

/** A rectangle of cells of a slice as displayed, end exclusive. */
export interface Rect {
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

/** The large pane shows a plane, or the volume in 3D. */
export type PaneName = PlaneName | "3d";

/** Runs [first, last] of consecutive slices of the annotation plane that hold a label, ascending, by label value. */
export type Extents = Map<number, [number, number][]>;

/** The latest prediction, with its voxels (label values, X fastest). */
export interface ShownMask extends Mask {
  voxels: Uint8Array;
  extents: Extents;
}

/** Where two masks of a volume differ; hidden labels are left out. */
export interface MaskDifference {
  /** By value, of labels that either holds. */
  labels: Map<number, { dice: number; voxels: [number, number] }>;
  /** Differing voxels of each slice. */
  slices: Record<PlaneName, number[]>;
}

/** Two runs that are compared. */
export interface Comparison {
  /** Those to choose from, the newest first. */
  runs: (Run & { title?: string })[];
  /** Ids. */
  chosen: [string, string];
  /** Label values, X fastest; null until both are here. */
  masks: [Uint8Array, Uint8Array] | null;
  /** They are seen side by side, and nothing is painted. */
  beside: boolean;
  found: MaskDifference | null;
}

/** How masks are scored against references. */
export interface ScoreSettings {
  toleranceMm: number;
  /** Without the slices that the run started from. */
  leaveOut: boolean;
}

/** Work that moves a bar: a volume that arrives, an upload. */
export interface Progress {
  text: string;
  /** 0..1 */
  fraction: number;
}

/** One of many scans that are imported one after the other. */
export interface ImportItem {
  id: number;
  name: string;
  /** "present": the project has this scan already. "asks": it waits for what somebody wants of it. */
  state: "waiting" | "uploading" | "reading" | "done" | "failed" | "cancelled" | "present" | "asks";
  /** 0..1, of what was sent */
  fraction: number;
  /** Why it failed, what it asks, or what was left out when it was read; a sentence, or nothing. */
  text: string;
  /** What it would do, where it asks. */
  offer: string;
  /** Of an upload that holds several: how many. */
  series: number;
}

/** What runs are asked for; null is the server's default. */
export interface RunChoice {
  method: string | null;
  /** A name, or a checkpoint's path. */
  encoder: string | null;
  seed: number;
  /** Fitted from scratch; else a run goes on from the last one with the same settings. */
  afresh: boolean;
  /** Ids of the other volumes to learn from; without it all that are painted in the plane. */
  sources?: string[];
}

/** What SAM is asked to outline on a slice, and its answer. Nothing of it is painted before it is taken. */
export interface Proposal {
  /** The same while its prompt is changed. */
  id: symbol;
  /** The tool it was made with: a box, or points. */
  kind: PromptKind;
  plane: PlaneName;
  /** Of the slice. */
  index: number;
  /** The label it is taken with. */
  value: number;
  /** It is taken away from the label instead. */
  erasing: boolean;
  /** In cells as displayed, fractions too. */
  box: Rect;
  points: PromptPoint[];
  /** Moved here from a slice nearby: it is taken by Enter alone. */
  offered: boolean;
  /** While an edge or a corner is dragged: where the opposite side stays; null where neither moves. */
  held: { column: number | null; row: number | null } | null;
  /** The latest answer, rows x columns, 1 inside; null before the first. */
  cells: Uint8Array | null;
  /** Edges of these cells: x0, y0, x1, y1 of each, in cell corners. */
  edges: number[];
  /** "asked" until the answer to the prompt as it is now has come. */
  state: "asked" | "answered" | "failed";
}

export interface Saving {
  /** "held": the server refused all of them and this browser has no room for them, so that only this window has them. */
  state: "saved" | "saving" | "offline" | "held";
  /** Slices the server has not confirmed. */
  count: number;
  /** Whether this browser keeps all of them. */
  backedUp?: boolean;
}

/** The project that is open. Without `access` it is one's own; `ownerName` is of somebody else's. */
export interface OpenProject {
  id: string;
  name: string;
  access?: ProjectAccess;
  ownerName?: string | null;
}

/** How labels came onto slices: names by who it was, masks they came from, slices by "plane/index". */
export interface Provenance {
  volumeId: string;
  people: Record<string, string | null>;
  masks: MaskOrigin[];
  slices: Map<string, SliceOrigins>;
}

/** Which slices stand out; all null: none does. */
export interface OriginFilter {
  kind: OriginKindName | null;
  /** Id. */
  person: string | null;
}

/** Coordinates are canonical RAS voxel indices, intensities are the file's units. */
export interface AppState {
  system: System | null;
  /** False while the server does not answer. */
  online: boolean;
  /** While not online: the server answers, but can take nothing now. */
  busy: boolean;
  /** The projects could not be loaded when the page started. */
  failedToStart: boolean;
  /** Who is logged in; null where nobody logs in. */
  login: Login | null;
  /** The session ended; nothing is saved until the same person logs in again. */
  loggedOut: boolean;

  projects: ProjectSummary[];
  /** Projects that others offer to this person. */
  offers: Offer[];
  project: OpenProject | null;
  /** Of the project. */
  labels: Label[];
  /** Value of the label to paint with. */
  activeLabel: number | null;
  /** Values. */
  hiddenLabels: Set<number>;
  /** Values of labels whose cells no tool changes. */
  lockedLabels: Set<number>;

  volumes: VolumeSummary[];
  /** The project's newest batch. */
  batch: Batch | null;
  /** Of the project, the newest first. */
  models: Model[];
  /** On screen; the keys from here to `confidence` are about it. */
  volume: VolumeSummary | null;
  loading: Progress | null;
  uploading: (Progress & { cancel?: () => void }) | null;
  /** Many scans that came at once, in their order. */
  imports: ImportItem[];
  voxels: Volume | null;
  /** The painted slices of the annotation plane. */
  annotations: AnnotationBook | null;
  mask: ShownMask | null;
  /** Colours where the mask may be wrong. */
  showUncertainty: boolean;
  /** Of the mask, X fastest, 255 is certain; fetched once uncertainty is shown. */
  confidence: Uint8Array | null;
  /** The latest. */
  /** The review of the volume on screen; null until it is here. */
  review: Review | null;
  /** The blind readings of the volume on screen; null until they are here, and of a volume that nobody reads. */
  readings: Readings | null;
  /** How far they agree; null until all are finished. */
  agreement: Agreement | null;
  /** Volumes that a merge of readings is being painted on. */
  merging: ReadonlySet<string>;
  /** The next click on a slice pins a comment. */
  pinning: boolean;
  run: Run | null;
  /** While two runs are compared, the first one's mask is on screen. */
  comparison: Comparison | null;
  /** Of the mask that is compared with the reference; null until they are here. */
  scores: Scores | null;
  scoreSettings: ScoreSettings;
  /** Of the runs to come. */
  runChoice: RunChoice;
  /** A run is about to be asked for. */
  launching: boolean;
  /** Id of a run that gives way to another one, with what was painted since. */
  followedRun: string | null;
  /** A slice was changed after the latest run began. */
  editedSinceRun: boolean;
  /** Runs start by themselves once painting rests. */
  auto: boolean;
  /** A file of the volume's mask was downloaded. */
  downloaded: boolean;
  /** The step of the guided tour; null while there is none. */
  tourStep: number | null;

  /** Annotation plane. */
  plane: PlaneName;
  mainPane: PaneName;
  cursor: Triple;
  /** Lowest and highest intensity shown. */
  window: [number, number];
  smooth: boolean;
  /** 0..1, fill of painted and predicted labels. */
  maskOpacity: number;
  /** Labels have patterns besides colours. */
  labelPatterns: boolean;
  showLabels: boolean;

  /** Id of a tool of tools/registry.js. */
  tool: string;
  /** The tool chosen before, which comes back once a label was picked. */
  toolBefore: string;
  /** Diameter. */
  brushMm: number;
  /** A pen touched a slice since the page was opened. */
  penSeen: boolean;
  /** How hard a pen is pressed sets how wide its strokes are, up to `brushMm`. */
  penPressure: boolean;
  /** The brush keeps to intensities like the one under its start. */
  similarOnly: boolean;
  /** Of the window's width, for `similarOnly` and fill. */
  tolerance: number;
  /** Leave other labels alone. */
  protect: boolean;
  /** Intensities that tools may change while it is on; null until it was set for this volume. */
  threshold: { on: boolean; low: number; high: number } | null;
  /** What is on screen of SAM's outlines. */
  proposal: Proposal | null;
  /** The server was asked for an outline. */
  outlining: boolean;
  /** Outlines that were taken and are not painted yet. */
  taking: number;

  saving: Saving;
  /** Slices that nothing sends any more and this browser keeps, of the open project and of others. */
  kept: { here: number; elsewhere: number };
  history: { canUndo: boolean; canRedo: boolean };
  /** Of the volume's slices as they are saved. */
  provenance: Provenance | null;
  /** Slices that the ribbon marks. */
  originFilter: OriginFilter;
}

/** What is announced with `emit`: changes inside large arrays, and things that happen. */
export interface AppEvents {
  /** Labels changed inside a canonical box, both ends inclusive. */
  painted: { low: Triple; high: Triple };
  /** A user changed slices of the annotation plane, `index` among them; `reviewed`: painted or empty ones, which a run uses. */
  "slice-edited": { index: number; reviewed: boolean };
  /** A tool was to paint with a label that is locked. */
  locked: { value: number };
  /** A label is about to be painted with, so it must be seen. */
  "label-used": { value: number };
  /** What the volume on screen is a scan of was corrected: its windows are others. */
  "modality-changed": Record<string, never>;
  /** The outline on screen is to be taken: another one begins. */
  "take-outline": undefined;
  /** A step was taken back. */
  undone: Step;
  /** A box was let go that holds no cell. */
  "box-too-small": undefined;
  /** Outlines that are not painted yet are not wanted, of a slice or, where it is null, of all. */
  "drop-outlines": { index: number | null };
  /** Slices came from the server, or the annotations were replaced or closed. */
  "annotations-loaded": undefined;
  /** A slice took in what another window saved of it. */
  "slice-merged": { volumeId: string; labels: Uint8Array };
  /** The server refused a change: the project may be shared no longer, or only to be looked at, or the volume is frozen. */
  refused: undefined;
  /** What could not be saved stays in this browser alone. */
  "set-aside": undefined;
  /** The server has confirmed a slice. */
  "slice-saved": { volumeId: string; plane: PlaneName; index: number };
  /** A slice came ahead of the other voxels; null: all voxels are here. */
  "slice-arrived": { plane: PlaneName; index: number } | null;
  /** Uploaded files hold several series: which one is meant? */
  "series-choice": { uploadId: string; choices: SeriesChoice[] };
  /** Uploaded slices form no regular stack, as `message` says: shall they be resampled? */
  "resample-choice": { uploadId: string; seriesUid: string | null; message: string };
  /** An upload is too large, as `message` says: shall it be opened at half resolution? */
  "half-choice": { uploadId: string; seriesUid: string | null; message: string };
  /** Uploaded pictures, as `message` says, may be slices of one body or unrelated: which? */
  "pictures-choice": { uploadId: string; message: string };
}

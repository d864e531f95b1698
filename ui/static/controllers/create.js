/** All controllers, each given what it needs. */
import { Edits } from "../tools/edits.js";
import { AnnotationsController } from "./annotations.js";
import { ArchiveController } from "./archives.js";
import { VoxelArrival } from "./arrival.js";
import { AutoRun } from "./auto_run.js";
import { Saver } from "./autosave.js";
import { BatchController } from "./batch.js";
import { loadColoursOnDemand } from "./colours.js";
import { loadConfidenceOnDemand } from "./confidence.js";
import { DeletedController } from "./deleted.js";
import { Destinations } from "./destinations.js";
import { EncodingWatch } from "./encoding.js";
import { ImportsController } from "./imports.js";
import { InterpolationController } from "./interpolation.js";
import { KeptSlices } from "./kept.js";
import { LabelImport } from "./label_import.js";
import { LabelController } from "./labels.js";
import { LockController } from "./locks.js";
import { MaskController } from "./masks.js";
import { MemberController } from "./members.js";
import { ModelController } from "./models.js";
import { OutlineController } from "./outlines.js";
import { ProjectController } from "./project.js";
import { ViewMemory } from "./remembered.js";
import { ReadingController } from "./readings.js";
import { ProvenanceController } from "./provenance.js";
import { RetentionController } from "./retention.js";
import { ReviewController } from "./review.js";
import { RunController } from "./run.js";
import { RunChoiceController } from "./run_choice.js";
import { SessionController } from "./session.js";
import { SliceVersionController } from "./slice_versions.js";
import { UploadController } from "./upload.js";
import { ViewController } from "./view.js";
import { VolumeController } from "./volume.js";

/** @typedef {ReturnType<typeof createControllers>} Controllers */

/**
 * @param {import("../state/store.js").Store} store
 * @param {{server: import("./server.js").Server, notify: import("./notify.js").Notify}} outside
 */
export function createControllers(store, { server, notify }) {
  const saver = new Saver(store, { server, notify });
  const kept = new KeptSlices(store, { notify });
  const edits = new Edits(store, saver);
  const outlines = new OutlineController(store, { server, edits, notify });
  const annotations = new AnnotationsController(store, { server, notify, saver });
  const masks = new MaskController(store, { server });
  const runs = new RunController(store, { server, notify, saver, masks });
  const choice = new RunChoiceController(store, { notify });
  const auto = new AutoRun(store, { runs, edits });
  const arrival = new VoxelArrival(store, { server });
  const encoding = new EncodingWatch(store, { server, notify });
  const memory = new ViewMemory(store);
  const volume = new VolumeController(store, { server, notify, saver, annotations, arrival, encoding, masks, runs, memory, steps: edits.steps });
  const project = new ProjectController(store, { server, notify, volume });
  const batch = new BatchController(store, { server, notify, volume, runs });
  const members = new MemberController(store, { server, notify, saver, project, annotations });
  const retention = new RetentionController(store, { server, notify });
  const destinations = new Destinations(store, { server });
  const imports = new ImportsController(store, { server, notify, project, destinations });
  const uploads = new UploadController(store, { server, notify, project, destinations, imports });
  const archives = new ArchiveController(store, { server, notify, uploads });
  const labels = new LabelController(store, { server, notify, annotations, saver, steps: edits.steps });
  const deleted = new DeletedController(store, { server, notify, labels, annotations, project });
  const models = new ModelController(store, { server, notify, labels, project, runs });
  const labelImport = new LabelImport(store, { server, notify, annotations, labels, volume, steps: edits.steps });
  const view = new ViewController(store, { notify });
  const locks = new LockController(store, { notify });
  const versions = new SliceVersionController(store, { server, notify, saver, edits });
  const interpolation = new InterpolationController(store, { edits, annotations, notify });
  const provenance = new ProvenanceController(store, { server });
  const session = new SessionController(store, { server, notify, saver });
  const readings = new ReadingController(store, { server, notify, saver, project, volume, annotations, labels, steps: edits.steps });
  const review = new ReviewController(store, { server, notify, saver, volume });
  loadConfidenceOnDemand(store, { server, notify });
  loadColoursOnDemand(store, { server });
  return { saver, kept, session, edits, outlines, volume, project, deleted, batch, members, retention, uploads, archives, imports, labels, labelImport, models, masks, runs, choice, auto, view, locks, versions, interpolation, provenance, review, readings };
}

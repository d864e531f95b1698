/** What the HTTP API answers, under the names the page uses. The types themselves are generated: see schema.d.ts. */
export type {
  AnnotationAnswer as Annotation,
  EncodingAnswer as Encoding,
  EncodingState,
  ErrorFacts as ErrorDetail,
  ImportAnswer as ImportedAnnotations,
  LabelAnswer as Label,
  LabelReport,
  LoginAnswer as Login,
  MaskAnswer as Mask,
  MaskLabel,
  MembersAnswer as Members,
  NameChoice as NameChoiceName,
  NameConflictAnswer as NameConflict,
  PaintChoice as PaintChoiceName,
  PaintConflictAnswer as PaintConflict,
  NextSliceAnswer as SliceSuggestion,
  OfferAnswer as Offer,
  Plane as PlaneName,
  ProjectAnswer as Project,
  ProjectAccess,
  ProjectRole,
  ProjectSummary,
  PromptKind,
  PromptPoint,
  RunAnswer as Run,
  RunChoiceAnswer as MadeWith,
  RunKind,
  RunState,
  SavedSliceAnswer as SavedAnnotation,
  SeriesAnswer as SeriesChoice,
  SliceState,
  Stay,
  SystemAnswer as System,
  VolumeAnswer as VolumeSummary,
  WindowPreset,
} from "./schema.d.ts";

/** What a volume is a scan of; OT: something else. */
export type Modality = import("./schema.d.ts").VolumeAnswer["modality"];
/** Canonical voxel indices, or something for each axis X, Y, Z. */
export type Triple = [number, number, number];

"""What the HTTP API answers: one model a noun. Byte routes, such as voxels and painted slices, have none.

Rows become answers in :mod:`backend.queries.answers`.
"""

from __future__ import annotations

from typing import Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # which Pydantic needs before Python 3.12, and brings

from backend.schemas.enums import (
    EncodingState,
    ProjectAccess,
    PromptKind,
    ReadingState,
    ReviewState,
    RunKind,
    RunState,
    SliceState,
    VolumeState,
)
from backend.schemas.parts import (
    Affine,
    ApiAnswer,
    ArchiveAnswer,
    DomainShiftAnswer,
    EncoderChoiceAnswer,
    LabelFacts,
    MaskLabel,
    MethodChoiceAnswer,
    ModelLabel,
    ModelOriginAnswer,
    Moment,
    OriginAnswer,
    PictureAnswer,
    PreviousMaskAnswer,
    RunChoiceAnswer,
    Shape,
    SliceChangeAnswer,
    SourceAnswer,
    Spacing,
    WindowPreset,
    WorstLabelAnswer,
)
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.data.volume import Modality
from fewshot_sam.evaluation.next_slice import SuggestionReason


class LabelAnswer(LabelFacts):
    """A structure to paint."""

    id: str
    term: SegmentTerm | None = Field(description="what it is in a terminology; null where nobody said so")


class EncodingAnswer(ApiAnswer):
    """How far the encoding of a volume's slices is."""

    state: EncodingState
    done: int
    total: int
    eta_s: float | None
    error: str | None


@with_config(ConfigDict(extra="allow"))
class LabelReport(TypedDict):
    """What a run says of one label; the method may add numbers of its own."""

    name: NotRequired[str]
    volume_ml: NotRequired[float]
    voxels: NotRequired[int]
    expected_dice: NotRequired[float | None]
    cross_validated_dice: NotRequired[float | None]
    warning: NotRequired[str | None]


class RunAnswer(ApiAnswer):
    """A run as it stands."""

    id: str
    volume_id: str
    kind: RunKind
    plane: Plane
    choice: RunChoiceAnswer
    continued: bool = Field(description="it goes on from the model of an earlier run")
    slices: int = Field(description="painted and reviewed slices of its volume that it started from")
    source_count: int = Field(description="volumes that it learns from; 0 of a prediction")
    state: RunState
    stage: str
    fraction: float
    eta_s: float | None
    loss: list[tuple[int, float]] = Field(description="step and loss, while the model is fitted")
    error: str | None
    created_at: Moment
    started_at: Moment | None
    finished_at: Moment | None
    mask_id: str | None = Field(description="of a run that is not done: its draft")
    model_id: str | None = Field(description="the model that the run made or used")
    report: dict[str, LabelReport] = Field(description="by label value")
    elapsed_s: float
    cancel_requested: bool


class VolumeReviewAnswer(ApiAnswer):
    """What a list of volumes says of a review; "by" and "at" are of its newest step."""

    state: ReviewState | None = Field(description="null: not in review, or reopened")
    open_comments: int
    by: str | None
    by_name: str | None = Field(description="null for who has no account")
    at: Moment | None


class VolumeReadingAnswer(ApiAnswer):
    """What a list of volumes says of readings; of the volume that is read `reader` is null."""

    of_id: str = Field(description="the volume that is read")
    state: ReadingState
    reader: str | None
    reader_name: str | None = Field(description="null for who has no account")
    finished: int = Field(description="readings of the scan that are finished")
    total: int


class VolumeAnswer(ApiAnswer):
    """A volume, what is known of it and what has been done with it."""

    id: str
    project_id: str
    name: str
    source_name: str
    modality: Modality
    shape: Shape
    spacing_mm: Spacing
    affine: Affine
    dtype: Literal["int16", "float32"]
    plane: Plane
    plane_chosen: bool
    value_range: tuple[float, float]
    window: tuple[float, float]
    presets: list[WindowPreset]
    encoding: EncodingAnswer
    state: VolumeState
    review: VolumeReviewAnswer
    reading: VolumeReadingAnswer | None = Field(None, description="of a scan that is, or was, read blind")
    painted: dict[Plane, int] = Field(description="number of painted slices by plane")
    worst_label: WorstLabelAnswer | None = Field(description="of the newest mask; null: not known")
    mask_id: str | None = Field(description="the newest mask")
    mask_draft: bool = Field(description="that mask is a draft, of the painted slices alone")
    mean_confidence: float | None = Field(description="of its labelled voxels, 0 to 1; null: not known")
    mask_differs: bool = Field(description="that mask is of a model that was fitted on scans unlike this one")
    has_reference: bool = Field(description="a label map that its masks are held against")
    mask_count: int = Field(description="masks of its runs, all of which are kept; drafts do not count")
    mask_model_ids: list[str] = Field(description="the models that made those masks")
    run: RunAnswer | None = Field(description="the newest run")
    model_id: str | None = Field(description="the newest model that was made on it")
    notes: str = Field(description="what was left out when it was read; empty if nothing")
    pictures: list[PictureAnswer] = Field(description="unrelated ones, one a slice; empty for a scan")
    colour: bool = Field(description="its pictures have colours; the voxels are their luminance")
    has_headers: bool = Field(description="of DICOM files: so its masks can be exported as DICOM")
    created_at: Moment


class ProjectSummary(ApiAnswer):
    """A project in a list."""

    id: str
    name: str
    created_at: Moment
    volume_count: int
    access: ProjectAccess = Field(description="what the asker may do in it; a reviewer account only looks")
    owner_name: str | None = Field(description="of another person's project; null for the asker's own")
    deidentify: bool = Field(description="its imports keep no text that may tell whose they are")
    keep_days: int | None = Field(description="its rule: deleted so many days after the last change")
    deleted_at: Moment | None = Field(description="when it is deleted unless it is changed; null: never")
    deletion_near: bool = Field(description="that is so soon that people are told")
    kept_by_server: bool = Field(description="that comes from the server's limit, not from its own rule")


class ProjectAnswer(ProjectSummary):
    """A project with its labels and volumes."""

    labels: list[LabelAnswer]
    volumes: list[VolumeAnswer]


class AnnotationAnswer(ApiAnswer):
    """A version of a slice, without its label map."""

    plane: Plane
    slice_index: int
    version: int
    state: SliceState
    values: list[int] = Field(description="label values on the slice, ascending")
    author: str
    origins: dict[str, OriginAnswer] = Field(description="how each came onto the slice, by label value")
    updated_at: Moment
    saved_at: Moment


class SliceVersionAnswer(AnnotationAnswer):
    """A version of a slice, among all of them."""

    author_name: str | None = Field(description="of the account; null where nobody logs in")


class SavedSliceAnswer(AnnotationAnswer):
    """The latest version of a slice after it was saved."""

    merged: bool = Field(description="another version was saved meanwhile; this one holds the paint of both")
    conflicting_cells: int = Field(description="cells that both changed, to different labels")
    gave_way: bool = Field(description="what was sent, only interpolated, left what a person said meanwhile")


class ImportAnswer(ApiAnswer):
    """What came of an imported label map."""

    plane: Plane
    slices: list[int] = Field(description="indices of those that hold what the label map says")
    annotations: list[AnnotationAnswer]
    changes: list[SliceChangeAnswer] = Field(description="of them, those that have a new version")
    labels: list[LabelAnswer] = Field(description="labels that were made or renamed for it")
    renamed: list[LabelAnswer] = Field(description="of them, those that were renamed, as they were before")
    notes: str = Field(description="what was read otherwise than it stands in the files; empty if nothing")


class ModelAnswer(ApiAnswer):
    """A fine-tuned model of a project."""

    id: str
    project_id: str
    volume_id: str | None
    volume_name: str | None
    sources: list[SourceAnswer] = Field(description="what it learnt from, in order")
    plane: Plane
    labels: list[ModelLabel]
    imported: ModelOriginAnswer | None = Field(description="of one that came as a file")
    created_at: Moment


class NextSliceAnswer(ApiAnswer):
    """A slice whose painting is expected to help, and why."""

    plane: Plane
    slice_index: int
    labels: list[int] = Field(description="values of the one or two labels it is about")
    reason: SuggestionReason
    change: float = Field(description="expected share of the labelled voxels that would change")


class MaskAnswer(ApiAnswer):
    """A label map of a whole volume, without its voxels."""

    id: str
    volume_id: str
    run_id: str
    created_at: Moment
    labels: list[MaskLabel]
    choice: RunChoiceAnswer = Field(description="what its run was asked for")
    previous: PreviousMaskAnswer | None = Field(description="the volume's mask before this one")
    draft: bool = Field(description="made of the painted slices alone, while the run still goes on")
    edited_since: bool = Field(description="slices of its plane were changed since its run began")
    has_confidence: bool
    slice_uncertainty: dict[Plane, list[float]] | None = Field(
        description="expected number of wrong voxels on each slice, by plane"
    )
    next_slices: list[NextSliceAnswer] | None = Field(
        description="what to paint next, the best first, each as if those before it were painted; null where "
        "the method could not tell"
    )
    domain_shift: DomainShiftAnswer | None = Field(
        description="null where the scan does not differ, or the model was fitted on it"
    )


class SystemAnswer(ApiAnswer):
    """What runs here; the encoder's text is empty until the worker has loaded it."""

    encoder: str
    device: str
    worker_error: str | None
    prompts: list[PromptKind] | None = Field(description="what it outlines; null until the worker is there")
    methods: list[MethodChoiceAnswer] = Field(description="what a run can be asked for, the default first")
    encoders: list[EncoderChoiceAnswer] = Field(description="those installed here, the default first")
    version: str
    multi_user: bool
    auth: bool = Field(description="people log in")
    deidentify: bool = Field(description="imports keep no text of a file that may tell whose it is")
    max_keep_days: int | None = Field(description="no project is kept for longer after its last change")
    keep_hours: float | None = Field(description="work that nobody changed for so long is deleted")
    max_owner_bytes: int | None = Field(description="what one owner may keep")
    max_upload_bytes: int
    archives: list[ArchiveAnswer] = Field(description="that scans can be fetched from")

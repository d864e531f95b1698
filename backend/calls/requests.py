"""What a call asks for, with bounds, and what the process that carries it out is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, model_validator

from backend.choices import METHOD_CHOICES
from backend.schemas.limits import MAX_CODE, MAX_SEED, MAX_SLICE_INDEX
from fewshot_sam.data.label_reading import LabelReading, Overlap
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Modality
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM
from fewshot_sam.methods.registry import DEFAULT_METHOD

REQUEST_FILE, ANSWER_FILE = "request.json", "answer.json"
MASK_FILE, MODEL_FILE = "mask.nii.gz", "model.safetensors"
FAILED = "This failed on the server for a reason of its own. Its log says more; try again later."
"""What a caller is told of a fault of this program."""
Slices = Annotated[list[Annotated[int, Field(ge=0, le=MAX_SLICE_INDEX)]], Field(max_length=MAX_SLICE_INDEX)]
Codes = Annotated[list[Annotated[int, Field(ge=1, le=MAX_CODE)]], Field(max_length=MAX_CODE)]


class _Call(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    resample_labels: bool = False
    overlap: Overlap | None = None

    @property
    def how(self) -> LabelReading:
        """What is done with label maps of another grid, and with segments that overlap."""
        return LabelReading(self.resample_labels, self.overlap)


class _OfScan(_Call):
    image: Path
    modality: Modality | None = None
    series: Annotated[str, Field(max_length=128)] | None = None
    resample: bool = False
    seed: Annotated[int, Field(ge=0, le=MAX_SEED)] = 0


class PropagateCall(_OfScan):
    """A scan and a label map with some slices painted; a mask of all of it."""

    command: Literal["propagate"] = "propagate"
    annotations: Path
    plane: Plane | None = None
    slices: Slices = Field(default_factory=list)
    window: tuple[FiniteFloat, FiniteFloat] | None = None
    method: str = DEFAULT_METHOD
    save_model: bool = False

    @model_validator(mode="after")
    def _checked(self) -> PropagateCall:
        methods = (*METHOD_CHOICES, "draft")
        if self.method not in methods:
            raise ValueError(f"method must be {', '.join(methods)}, got {self.method[:40]!r}")
        if self.window and not self.window[0] < self.window[1]:
            raise ValueError("window must be two numbers, the lower first")
        return self


class PredictCall(_OfScan):
    """A scan and the file of a model; a mask."""

    command: Literal["predict"] = "predict"
    model: Path


class EvaluateCall(_Call):
    """Two label maps of one scan; how close they are."""

    command: Literal["evaluate"] = "evaluate"
    mask: Path
    reference: Path
    labels: Codes | None = None
    exclude_slices: Slices = Field(default_factory=list)
    plane: Plane | None = None
    tolerance_mm: Annotated[FiniteFloat, Field(gt=0, le=1000)] = TOLERANCE_MM

    @model_validator(mode="after")
    def _checked(self) -> EvaluateCall:
        if self.exclude_slices and self.plane is None:
            raise ValueError("exclude_slices needs plane: axial, coronal or sagittal")
        return self


AnyCall = PropagateCall | PredictCall | EvaluateCall


class ProgramRequest(BaseModel):
    """What the server tells the process.

    Attributes:
        home, encoder, device: of the server.
        outputs: the folder for what is made.
    """

    home: Path
    encoder: str
    device: str
    outputs: Path
    call: AnyCall = Field(discriminator="command")

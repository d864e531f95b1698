"""Requests and answers about model files: what one holds, and what it becomes in a project."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import Field

from backend.schemas.answers import LabelAnswer, ModelAnswer
from backend.schemas.parts import ApiAnswer
from backend.schemas.requests import ID_PATTERN
from fewshot_sam.data.planes import Plane
from fewshot_sam.methods.model_card import MAX_LINE, MAX_NOTE

ModelId = Annotated[str, Path(pattern=ID_PATTERN)]
QueryLine = Annotated[str, Query(max_length=MAX_LINE)]
QueryNote = Annotated[str, Query(max_length=MAX_NOTE)]


class ModelFileLabel(ApiAnswer):
    """A label as a model's file has it."""

    code: int
    name: str = Field(description="empty where the file names it not")
    color: str | None
    dice: float | None = Field(description="cross-validated, of its painted slices; null: no estimate")


class ModelFileSource(ApiAnswer):
    """A volume that a model learnt from, as its file names it."""

    sha256: str = Field(description="of voxels and grid; of nothing that names a patient")
    slices: int | None = Field(description="painted and reviewed; null where it was not noted")


class ModelFileContents(ApiAnswer):
    """What the numbers in a model's file are; none is a voxel."""

    weights: int = Field(description="numbers of the network")
    averages: int = Field(description="vectors that began as averages of the encoder's answers under paint")
    slice_vectors: int = Field(description="averages of the encoder's answers on whole painted slices")
    vector_length: int


class ModelFileAnswer(ApiAnswer):
    """What is in a model's file, or would be."""

    title: str
    author: str
    licence: str
    note: str
    program: str
    created: str = Field(description="day of the fit, ISO 8601; empty where it was not noted")
    method: str
    method_title: str
    settings: dict[str, Any]
    seed: int | None
    encoder: str
    encoder_title: str
    encoder_identity: str
    plane: Plane
    window: tuple[float, float] | None = Field(description="null: each volume's own")
    input_size: int | None = Field(description="pixels of a slice's longer side for the encoder")
    pictures: bool | None = Field(description="fitted on unrelated pictures; null: the file does not say")
    slices: int | None = Field(description="painted and reviewed, of all sources")
    labels: list[ModelFileLabel]
    sources: list[ModelFileSource]
    contents: ModelFileContents
    file_bytes: int


class PlannedLabelAnswer(ApiAnswer):
    """What a model's label becomes in a project."""

    code: int
    name: str
    color: str | None
    label_id: str | None = Field(description="the project's label; null: one is made")
    label_name: str | None
    asked: bool = Field(description="the same code under another name: somebody has to say")


class CheckedModelAnswer(ModelFileAnswer):
    """A file that can be used in a project."""

    sha256: str
    plan: list[PlannedLabelAnswer]


class ImportedModelAnswer(ApiAnswer):
    """A model that came as a file."""

    model: ModelAnswer
    made: list[LabelAnswer] = Field(description="labels that were made for it")

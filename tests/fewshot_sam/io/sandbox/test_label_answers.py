"""What a child answers of a label map is bounded: planes, names, notes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.terms import CodedTerm, SegmentTerm
from fewshot_sam.errors import ImageFormatError, PlaneChoiceError, UserError
from fewshot_sam.io.sandbox.answers import npy_header
from fewshot_sam.io.sandbox.reading import read_label_slices
from tests.fewshot_sam.answering_child import LIMITS, SHAPE, sound_answer


def read_labels(plane: Plane | None) -> None:
    with read_label_slices("labels.nii", SourceGrid(SHAPE, np.eye(4)), plane, limits=LIMITS):
        pass


@pytest.mark.parametrize(
    ("planes", "expected"),
    [
        ([{"plane": "axial", "slices": 3}], PlaneChoiceError),
        ([{"plane": "oblique", "slices": 3}], ImageFormatError),
        ([{"plane": "axial", "slices": -1}], ImageFormatError),
        ([{"plane": "axial", "slices": 3}] * 4, ImageFormatError),
    ],
)
def test_choices_of_planes_are_bounded(
    answering: Callable[..., None], planes: list[dict[str, Any]], expected: type[UserError]
) -> None:
    answer = sound_answer() | {"error": "PlaneChoiceError", "message": "Choose.", "planes": planes}
    answering(answer_json=json.dumps(answer).encode())
    with pytest.raises(UserError) as caught:
        read_labels(None)
    assert type(caught.value) is expected


CODE = {"scheme": "SCT", "value": "10200004", "meaning": "Liver"}
TERM = SegmentTerm(CodedTerm("SCT", "91723000", "Anatomical Structure"), CodedTerm(**CODE))
NAME = {"code": 1, "name": "liver", "color": "#00ff00"}


def labels_answer(**change: object) -> dict[str, bytes]:
    """The files of a child that answers of one axial slice."""
    slices = np.ones((1, *SHAPE[:2]), "<u2")
    said = {"plane": "axial", "indices": [0], "names": [NAME], "notes": "", **change}
    answer = {"confinement": {"landlock": 0, "seccomp": False}, "labels": said}
    header = npy_header(slices.dtype, slices.shape, fortran_order=False)
    return {"answer_json": json.dumps(answer).encode(), "slices_npy": header + slices.tobytes()}


@pytest.mark.parametrize("plane", [Plane.AXIAL, None])
def test_a_sound_answer_is_taken(answering: Callable[..., None], plane: Plane | None) -> None:
    answering(**labels_answer(notes="1 voxel is not a number."))
    with read_label_slices("labels.nii", SourceGrid(SHAPE, np.eye(4)), plane, limits=LIMITS) as read:
        assert (read.plane, read.indices, read.notes) == (Plane.AXIAL, (0,), "1 voxel is not a number.")
        assert read.names == {1: LabelName("liver", "#00ff00")}


def test_what_a_label_is_comes_along(answering: Callable[..., None]) -> None:
    answering(**labels_answer(names=[NAME | {"term": TERM.to_dict()}]))
    with read_label_slices("labels.nii", SourceGrid(SHAPE, np.eye(4)), Plane.AXIAL, limits=LIMITS) as read:
        assert read.names == {1: LabelName("liver", "#00ff00", TERM)}


@pytest.mark.parametrize(
    ("change", "plane"),
    [
        ({"plane": "coronal"}, Plane.AXIAL),
        ({"plane": None}, None),
        ({"names": [NAME | {"code": 0}]}, Plane.AXIAL),
        ({"names": [NAME | {"name": "n" * 201}]}, Plane.AXIAL),
        ({"names": [NAME | {"name": "a\nb"}]}, Plane.AXIAL),
        ({"names": [NAME | {"color": "red; x: url(y)"}]}, Plane.AXIAL),
        ({"names": [NAME | {"term": TERM.to_dict() | {"type": "liver"}}]}, Plane.AXIAL),
        ({"names": [NAME | {"term": TERM.to_dict() | {"more": None}}]}, Plane.AXIAL),
        ({"names": [NAME | {"term": TERM.to_dict() | {"type": CODE | {"meaning": "m" * 65}}}]}, Plane.AXIAL),
        ({"notes": "n" * 5000}, Plane.AXIAL),
    ],
)
def test_what_is_said_of_labels_is_bounded(
    answering: Callable[..., None], change: dict[str, Any], plane: Plane | None
) -> None:
    answering(**labels_answer(**change))
    with pytest.raises(ImageFormatError, match="answer was not valid"):
        read_labels(plane)

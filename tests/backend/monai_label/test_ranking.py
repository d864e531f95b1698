"""Which image comes next."""

from __future__ import annotations

import pytest

from backend.schemas.answers import VolumeAnswer
from backend.schemas.enums import VolumeState
from backend.services.monai_label.ranking import STRATEGIES, next_image
from backend.services.monai_label.words import codes_by_name
from fewshot_sam.data.planes import Plane


def volume(name: str, confidence: float | None = None, painted: int = 0, **facts: object) -> VolumeAnswer:
    known = {"state": VolumeState.NEW, "reading": None, **facts}
    return VolumeAnswer.model_construct(
        id=name, mean_confidence=confidence, painted={Plane.AXIAL: painted}, **known
    )


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ([], None),
        ([volume("a"), volume("b", 0.9), volume("c", 0.7)], "c"),
        ([volume("a", 0.1, painted=1), volume("b", 0.9)], "b"),
        ([volume("a"), volume("b")], "a"),
        ([volume("a", 0.5, painted=1), volume("b", 0.4, painted=2)], "b"),
        ([volume("a", 0.5, state=VolumeState.ACCEPTED), volume("b", 0.6)], "b"),
        ([volume("a", 0.5, state=VolumeState.IN_REVIEW), volume("b", reading=object())], None),
    ],
)
def test_the_least_certain_comes_first(volumes: list[VolumeAnswer], expected: str | None) -> None:
    found = next_image(volumes, STRATEGIES["least_certain"])
    assert (found.id if found else None) == expected


def test_labels_of_one_name_are_told_apart() -> None:
    labels = [{"name": "kidney", "code": 2}, {"name": "liver", "code": 1}, {"name": "kidney", "code": 9}]
    assert codes_by_name(labels) == {"liver": 1, "kidney (2)": 2, "kidney (9)": 9}

"""Names that MONAI Label's programs know, and those that they are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from backend.errors import InvalidRequestError, NotFoundError

MODEL = "fewshot_sam"
"""The model and its trainer: fitted to what is painted in the project."""
DESCRIPTION = "Few-shot segmentation with the embeddings of Segment Anything, fitted to painted slices"
IMAGE_SUFFIX = ".nii.gz"
"""Of an image, and of a label that is downloaded."""


class Tag(StrEnum):
    """Whose label of an image it is."""

    FINAL = "final"  # a person's
    ORIGINAL = "original"  # a run's


def parse_tag(text: str) -> Tag:
    """A tag; nothing stands for a person's. Raises NotFoundError for one that there is not."""
    try:
        return Tag(text or Tag.FINAL)
    except ValueError:
        raise NotFoundError(f"A label's tag must be {' or '.join(Tag)}, got '{text[:40]}'.") from None


def require_model(name: str) -> None:
    """Raise NotFoundError unless it is the model that there is."""
    if name != MODEL:
        raise NotFoundError(f"The model must be {MODEL}, got '{name[:40]}'. Fetch info again.")


def codes_by_name(labels: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """What the codes of a label map are called, ascending by code; two of the same name are told apart.

    Args:
        labels: "name" and "code" of each.
    """
    ordered = sorted(labels, key=lambda label: int(label["code"]))
    counts = Counter(str(label["name"]) for label in ordered)
    return {
        f"{label['name']} ({label['code']})" if counts[label["name"]] > 1 else str(label["name"]): int(
            label["code"]
        )
        for label in ordered
    }


def require_text(text: str, most: int, what: str) -> str:
    """The text as it is. Raises InvalidRequestError where it is longer than ``most`` characters."""
    if len(text) > most:
        raise InvalidRequestError(f"The {what} must be at most {most} characters long, got {len(text)}.")
    return text

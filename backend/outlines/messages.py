"""What server and worker say to each other about outlines: one line of JSON each way."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from backend.outlines.errors import OutlineError
from fewshot_sam.data.planes import Plane

FAILED = "The outline could not be made; details are in the worker's log. Try again."
MAX_QUESTION_BYTES = 4096
"""Of a line that is written to a pipe in one piece, whatever else is written there."""


@dataclass(frozen=True)
class Question:
    """What to outline on which slice; without box and points the slice is only encoded.

    Attributes:
        owner: for whom; owners take turns.
        box: (left, top, right, bottom) in cells of the slice, display orientation; None for points.
        points: (column, row, inside) each.
        until_s: seconds since 1970 after which nobody waits for the answer.
    """

    owner: str
    volume_id: str
    plane: Plane
    index: int
    box: tuple[float, float, float, float] | None
    points: tuple[tuple[float, float, bool], ...]
    until_s: float

    def line(self, number: int) -> bytes:
        """The question as the worker reads it; ``number`` comes back with the answer."""
        return _line({"number": number, **asdict(self)})

    @classmethod
    def read(cls, line: bytes | str) -> tuple[int, Question]:
        """The number and the question of a line."""
        values = json.loads(line)
        number = int(values.pop("number"))
        box, points = values.pop("box"), values.pop("points")
        values["plane"] = Plane(values["plane"])
        question = cls(**values, box=tuple(box) if box else None, points=tuple(map(tuple, points)))
        return number, question


def outline_line(number: int, mask: np.ndarray) -> bytes:
    """An answer: a (rows, columns) bool mask, display orientation."""
    bits = base64.b85encode(zlib.compress(np.packbits(mask).tobytes(), 1)).decode("ascii")
    return _line({"number": number, "size": mask.size, "bits": bits})


def error_line(number: int, sentence: str | None = None) -> bytes:
    """An answer where there is no outline, with the sentence for people if it is known."""
    return _line({"number": number, "error": sentence or FAILED})


def prompts_line(kinds: Sequence[str]) -> bytes:
    """What the worker says once, when its encoder is there: the prompts that it answers."""
    return _line({"prompts": list(kinds)})


def outline_of(answer: dict[str, Any]) -> bytes:
    """The outline in an answer: a bit a cell, row by row, the first cell in the highest bit of a byte.

    Raises:
        OutlineError: there is none, for the reason that the answer gives.
    """
    if "error" in answer:
        raise OutlineError(str(answer["error"]))
    size = -(-int(answer["size"]) // 8)
    bits = zlib.decompressobj().decompress(base64.b85decode(answer["bits"]), size)
    if len(bits) != size:
        raise OutlineError(FAILED)
    return bits


def _line(values: dict[str, Any]) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode("ascii") + b"\n"

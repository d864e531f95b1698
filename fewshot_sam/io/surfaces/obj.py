"""Wavefront OBJ: a named group for each label, colours at its vertices (as MeshLab and Blender read them)."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from fewshot_sam.io.surfaces.mesh import Surface

_HEADER = "# few-shot SAM. SPACE=LPS. UNIT=mm\n"


def obj_bytes(surfaces: Iterable[Surface]) -> bytes:
    """The surfaces as UTF-8 text, in mm with four digits. Names have an underscore for each space."""
    parts, first = [_HEADER], 1
    for surface in surfaces:
        name = re.sub(r"\s+", "_", surface.name)
        red, green, blue = (f"{part / 255:.4g}" for part in bytes.fromhex(surface.color[1:]))
        vertex = f"v %.4f %.4f %.4f {red} {green} {blue}\n"
        parts += [
            f"o {name}\ng {name}\n",
            _lines(vertex, surface.vertices),
            _lines("f %d %d %d\n", surface.triangles + first),
        ]
        first += len(surface.vertices)
    return "".join(parts).encode()


def _lines(form: str, rows: np.ndarray) -> str:
    return (form * len(rows)) % tuple(rows.ravel().tolist())

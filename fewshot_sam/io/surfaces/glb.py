"""Binary glTF 2.0 (registry.khronos.org/glTF): a named, coloured node for each label.

The vertices are in mm, LPS, as in our other files. The node above them all turns them upright and into the
metres that glTF wants: y is up, z to the front, x to the patient's left.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np

from fewshot_sam import __version__
from fewshot_sam.io.surfaces.mesh import Surface

_METRES = 0.001
_UPRIGHT = [_METRES, 0, 0, 0, 0, 0, -_METRES, 0, 0, _METRES, 0, 0, 0, 0, 0, 1]
"""Column by column."""
_FLOAT, _UINT32, _VERTICES, _INDICES = 5126, 5125, 34962, 34963
_JSON, _BIN = 0x4E4F534A, 0x004E4942


def glb_bytes(surfaces: Iterable[Surface]) -> bytes:
    """The surfaces as one GLB file."""
    parts: list[bytes] = []
    content: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": f"few-shot SAM {__version__}"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "LPS in mm", "matrix": _UPRIGHT, "children": []}],
        "meshes": [],
        "materials": [],
        "accessors": [],
        "bufferViews": [],
    }
    offset = 0
    for number, surface in enumerate(surfaces):
        content["nodes"][0]["children"].append(number + 1)
        content["nodes"].append({"name": surface.name, "mesh": number})
        content["materials"].append(_material(surface))
        primitive = {"attributes": {"POSITION": 2 * number}, "indices": 2 * number + 1, "material": number}
        content["meshes"].append({"name": surface.name, "primitives": [primitive]})
        for part, view, accessor in _arrays(surface):
            content["bufferViews"].append(view | {"buffer": 0, "byteOffset": offset})
            content["accessors"].append(accessor | {"bufferView": len(content["bufferViews"]) - 1})
            parts.append(part)
            offset += len(part)
    content["buffers"] = [{"byteLength": offset}]
    return _file(json.dumps(content, ensure_ascii=False).encode(), parts, offset)


def _arrays(surface: Surface) -> list[tuple[bytes, dict[str, Any], dict[str, Any]]]:
    """Bytes, buffer view and accessor of vertices and of indices; both are multiples of 4 bytes."""
    vertices = np.ascontiguousarray(surface.vertices, "<f4")
    indices = np.ascontiguousarray(surface.triangles.ravel(), "<u4")
    ends = {"min": vertices.min(axis=0).tolist(), "max": vertices.max(axis=0).tolist()}
    return [
        (
            vertices.tobytes(),
            {"byteLength": vertices.nbytes, "target": _VERTICES},
            {"componentType": _FLOAT, "count": len(vertices), "type": "VEC3", **ends},
        ),
        (
            indices.tobytes(),
            {"byteLength": indices.nbytes, "target": _INDICES},
            {"componentType": _UINT32, "count": len(indices), "type": "SCALAR"},
        ),
    ]


def _material(surface: Surface) -> dict[str, Any]:
    """The label's colour, which glTF wants in linear light."""
    color = [_linear(part / 255) for part in bytes.fromhex(surface.color[1:])]
    shine = {"baseColorFactor": [*color, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.7}
    return {"name": surface.name, "pbrMetallicRoughness": shine}


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _file(content: bytes, parts: list[bytes], length: int) -> bytes:
    text = content + b" " * (-len(content) % 4)
    head = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + length)
    chunks = (struct.pack("<II", len(text), _JSON), text, struct.pack("<II", length, _BIN))
    return b"".join([head, *chunks, *parts])

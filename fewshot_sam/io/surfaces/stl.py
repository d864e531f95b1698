"""Binary STL: one surface a file, without name or colour.

The header says in which coordinates it is, as files of 3D Slicer do.
"""

from __future__ import annotations

import numpy as np

from fewshot_sam.io.surfaces.mesh import Surface

_HEADER = b"few-shot SAM. SPACE=LPS. UNIT=mm"
_RECORD = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attributes", "<u2")])


def stl_bytes(surface: Surface) -> bytes:
    """The surface as binary STL, in mm."""
    records = np.zeros(len(surface.triangles), _RECORD)
    corners = surface.vertices[surface.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    records["normal"] = np.divide(normals, lengths, out=np.zeros_like(normals), where=lengths > 0)
    records["corners"] = corners
    return _HEADER.ljust(80) + np.uint32(len(records)).tobytes() + records.tobytes()

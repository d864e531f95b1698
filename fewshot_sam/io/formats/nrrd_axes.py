"""What the axes of an NRRD file are: those of a volume, and one that tells volumes or channels apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fewshot_sam.io.parsing.header_text import not_scalar
from fewshot_sam.io.parsing.several import FilePart, parts_of

_COLOURS = ("rgb-color", "rgba-color")
_NO_CHOICE = ("complex", "quaternion", "hsv-color", "xyz-color")
"""Kinds of axes whose numbers say nothing alone; matrices are symmetric tensors, which one may look at."""
_VOXEL_AXIS_KINDS = ("domain", "space", "time", "none", "???")
_BYTES = ("uchar", "unsigned char", "uint8", "uint8_t")
_COLOUR_CHANNELS = (3, 4)


def layer_count(fields: Mapping[str, Any]) -> int:
    """How many label maps a segmentation holds, along its first axis."""
    return int(fields["sizes"][0]) if list(fields.get("kinds", []))[:1] == ["list"] else 1


def voxel_axes(fields: Mapping[str, Any], path: Path, layered: bool) -> tuple[list[int], int | None]:
    """The axes of a volume, and the one that tells volumes or a voxel's numbers apart; None where none does.

    Axes of length 1 tell nothing apart, and one of layers is no such axis.

    Raises:
        ImageFormatError: several do, or its numbers say nothing alone.
    """
    sizes = [int(size) for size in fields["sizes"]]
    kinds = fields.get("kinds", ["domain"] * fields["dimension"])
    others = [axis for axis, kind in enumerate(kinds) if kind not in _VOXEL_AXIS_KINDS]
    axes = [axis for axis in range(fields["dimension"]) if axis not in others]
    telling = [axis for axis in (*others[1 if layered else 0 :], *axes[3:]) if sizes[axis] != 1]
    if not telling:
        return axes, None
    extra, kind = telling[0], kinds[telling[0]]
    if len(telling) > 1 or len(axes) < 3 or kind in _NO_CHOICE or axes[0] < extra < axes[2]:
        raise not_scalar(path.name, f"vectors ({kind}) of length {sizes[extra]}")
    return axes, extra


def parts_along(fields: Mapping[str, Any], extra: int | None) -> list[FilePart]:
    """What may be chosen along that axis: volumes, or of the first axis a voxel's numbers."""
    if extra is None:
        return parts_of()
    count = int(fields["sizes"][extra])
    if extra:
        return parts_of(frames=count)
    says_colour = next(iter(fields.get("kinds", ())), "") in _COLOURS or fields["type"] in _BYTES
    # 3D Slicer and ITK write colours as vectors of bytes.
    in_colour = says_colour and count in _COLOUR_CHANNELS
    return parts_of(channels=count, in_colour=in_colour)

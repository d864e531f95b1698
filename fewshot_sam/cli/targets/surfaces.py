"""``--to stl``, ``obj`` and ``glb``: surfaces of the labels."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.export import replaced_whole
from fewshot_sam.io.surfaces.glb import glb_bytes
from fewshot_sam.io.surfaces.mesh import Surface, label_surfaces
from fewshot_sam.io.surfaces.obj import obj_bytes
from fewshot_sam.io.surfaces.stl import stl_bytes
from fewshot_sam.io.training_sets.names import ascii_word
from fewshot_sam.io.zip_file import ZipStream


def stl(mask: MaskExport) -> list[str]:
    """One file, or a zip of one for each label."""
    if mask.output.suffix.lower() == ".zip":
        archive = ZipStream(datetime.now())
        pieces = [
            archive.add_bytes(f"{code:03d}-{ascii_word(surface.name, 'label')}.stl", stl_bytes(surface))
            for code, surface in zip(mask.names, _surfaces(mask), strict=True)
        ]
        _write(mask, b"".join([*pieces, archive.close()]))
        return []
    if len(mask.names) > 1:
        raise ImageFormatError(
            f"An STL file holds one surface, and the mask holds {len(mask.names)} labels. End --output in "
            ".zip for a file for each, or take obj or glb."
        )
    _write(mask, b"".join(map(stl_bytes, _surfaces(mask))))
    return []


def obj(mask: MaskExport) -> list[str]:
    """A group for each label."""
    _write(mask, obj_bytes(_surfaces(mask)))
    return []


def glb(mask: MaskExport) -> list[str]:
    """A coloured node for each label."""
    _write(mask, glb_bytes(_surfaces(mask)))
    return []


def _surfaces(mask: MaskExport) -> Iterator[Surface]:
    return label_surfaces(mask.codes, mask.volume, mask.names, mask.smoothing_voxels)


def _write(mask: MaskExport, content: bytes) -> None:
    with replaced_whole(mask.output) as part:
        part.write_bytes(content)

"""The kinds of files that ``export`` writes. A new one is a module and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewshot_sam.cli.targets.base import ExportTarget

_DICOM, _ZIP = (".dcm",), (".zip",)
_SETS, _SURFACES = "fewshot_sam.cli.targets.training_set", "fewshot_sam.cli.targets.surfaces"


@dataclass(frozen=True)
class TargetLine:
    """A line of the registry.

    Attributes:
        title: for the help.
        function: "module:attribute" of a :class:`fewshot_sam.cli.targets.base.ExportTarget`.
        suffixes: how the name of its file may end.
        of_cases: whether it is made of any number of scans.
    """

    title: str
    function: str
    suffixes: tuple[str, ...]
    of_cases: bool = False

    def load(self) -> ExportTarget:
        """The function, imported when it is used."""
        target: ExportTarget = resolve_name(self.function)
        return target


TARGETS: dict[str, TargetLine] = {
    "seg": TargetLine("DICOM segmentation", "fewshot_sam.cli.targets.dicom:binary", _DICOM),
    "seg-label-map": TargetLine(
        "DICOM label map segmentation (of 2024, read by few programs so far)",
        "fewshot_sam.cli.targets.dicom:label_map",
        _DICOM,
    ),
    "seg.nrrd": TargetLine(
        "segmentation of 3D Slicer", "fewshot_sam.cli.targets.slicer:write", (".seg.nrrd",)
    ),
    "rtstruct": TargetLine(
        "DICOM structure set (contours)", "fewshot_sam.cli.targets.dicom:rtstruct", _DICOM
    ),
    "stl": TargetLine("surfaces as STL", f"{_SURFACES}:stl", (".stl", ".zip")),
    "obj": TargetLine("surfaces as OBJ", f"{_SURFACES}:obj", (".obj",)),
    "glb": TargetLine("surfaces as GLB (glTF)", f"{_SURFACES}:glb", (".glb",)),
    "nnunet": TargetLine("nnU-Net v2 dataset", f"{_SETS}:nnunet", _ZIP, of_cases=True),
    "decathlon": TargetLine("decathlon dataset of MONAI", f"{_SETS}:decathlon", _ZIP, of_cases=True),
    "bids": TargetLine("BIDS dataset", f"{_SETS}:bids", _ZIP, of_cases=True),
}

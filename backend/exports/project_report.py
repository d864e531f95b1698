"""A page about a project, to read or print: its volumes, what was found on them, and by which models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backend.exports.base import ExportFile
from backend.exports.file_names import safe_stem
from backend.exports.html_page import html_page
from backend.exports.sizes import Size, label_size, length_unit
from backend.exports.spread import HEIGHT, WIDTH, Spread
from backend.exports.words import counted
from backend.schemas.answers import MaskAnswer, ModelAnswer, VolumeAnswer
from backend.schemas.parts import MaskLabel
from backend.schemas.references import ScoresAnswer
from fewshot_sam import __version__


@dataclass(frozen=True)
class ReportedVolume:
    """A volume of a project.

    Attributes:
        mask: its newest; None where it has none.
        thumbnail: base64 of a PNG; empty where none was made yet.
        scores: of that mask; None without a reference, where time was up, or where it cannot be read.
        unreadable: the mask or its reference is damaged.
    """

    volume: VolumeAnswer
    mask: MaskAnswer | None
    thumbnail: str
    scores: ScoresAnswer | None
    unreadable: bool = False

    @property
    def painted(self) -> int:
        """Painted slices of all planes."""
        return sum(self.volume.painted.values())

    @property
    def length_unit(self) -> str:
        """What distances on it are in."""
        return length_unit(self.volume.pictures)

    def size(self, label: MaskLabel) -> Size:
        """How large a label of its mask is."""
        return label_size(label, self.volume.pictures)


@dataclass(frozen=True)
class LabelSpread:
    """A label over the volumes that have a mask with it and whose sizes are in one unit."""

    name: str
    color: str
    unit: str
    spread: Spread
    names: tuple[str, ...]

    @property
    def outliers(self) -> list[str]:
        """The volumes that stand apart, with the label's size."""
        rows = zip(self.names, self.spread.values, self.spread.apart, strict=True)
        return [f"{name} ({Size(value, self.unit)})" for name, value, apart in rows if apart]

    @property
    def summary(self) -> str:
        """On how many volumes, the median, and from which size to which."""
        values = self.spread.values
        median, low, high = (Size(each, self.unit) for each in (self.spread.median, min(values), max(values)))
        return f"{counted(len(self.names), 'volume')}, median {median}, from {low.number} to {high}"


def project_report(name: str, volumes: Sequence[ReportedVolume], models: Sequence[ModelAnswer]) -> ExportFile:
    """One HTML file that needs no other and runs no script."""
    scored = [each for each in volumes if each.scores]
    units = {each.length_unit for each in scored}
    return html_page(
        f"{safe_stem(name)}-project.html",
        "project_report.html.jinja",
        name=name,
        volumes=volumes,
        scored=scored,
        length_unit=units.pop() if len(units) == 1 else "mm or px",
        spreads=label_spreads(volumes),
        width=WIDTH,
        height=HEIGHT,
        models=models,
        version=__version__,
    )


def label_spreads(volumes: Sequence[ReportedVolume]) -> list[LabelSpread]:
    """Each label over the volumes whose mask holds it, each unit by itself; drafts do not count."""
    found: dict[tuple[int, str], list[tuple[MaskLabel, str, float]]] = {}
    for each in volumes:
        for label in each.mask.labels if each.mask and not each.mask.draft else ():
            if label.voxels:
                size = each.size(label)
                found.setdefault((label.value, size.unit), []).append((label, each.volume.name, size.value))
    return [
        LabelSpread(
            name=rows[0][0].name,
            color=rows[0][0].color,
            unit=unit,
            spread=Spread.of([value for _, _, value in rows]),
            names=tuple(name for _, name, _ in rows),
        )
        for (_, unit), rows in sorted(found.items(), key=lambda each: each[0])
    ]

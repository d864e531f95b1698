"""A page about a project, to read or print: its volumes, what was found on them, and by which models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.exports.base import ExportFile
from backend.exports.file_names import safe_stem
from backend.exports.html_page import html_page
from backend.exports.spread import HEIGHT, WIDTH, Spread
from backend.schemas.answers import MaskAnswer, ModelAnswer, VolumeAnswer
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


@dataclass(frozen=True)
class LabelSpread:
    """A label over the volumes that have a mask with it."""

    name: str
    color: str
    spread: Spread
    names: tuple[str, ...]

    @property
    def outliers(self) -> list[str]:
        """The volumes that stand apart, with their millilitres."""
        rows = zip(self.names, self.spread.volumes_ml, self.spread.apart, strict=True)
        return [f"{name} ({ml:.2f} mL)" for name, ml, apart in rows if apart]


def project_report(
    name: str, made_at: datetime, volumes: Sequence[ReportedVolume], models: Sequence[ModelAnswer]
) -> ExportFile:
    """One HTML file that needs no other and runs no script."""
    return html_page(
        f"{safe_stem(name)}-project.html",
        "project_report.html.jinja",
        name=name,
        made_at=made_at,
        volumes=volumes,
        scored=[each for each in volumes if each.scores],
        spreads=label_spreads(volumes),
        width=WIDTH,
        height=HEIGHT,
        models=models,
        version=__version__,
    )


def label_spreads(volumes: Sequence[ReportedVolume]) -> list[LabelSpread]:
    """Each label over the volumes whose mask holds it; drafts do not count."""
    found: dict[int, list[tuple[str, str, str, float]]] = {}
    for each in volumes:
        for label in each.mask.labels if each.mask and not each.mask.draft else ():
            if label.voxels:
                row = (label.name, label.color, each.volume.name, label.volume_ml)
                found.setdefault(label.value, []).append(row)
    return [
        LabelSpread(
            rows[0][0], rows[0][1], Spread.of([row[3] for row in rows]), tuple(row[2] for row in rows)
        )
        for _, rows in sorted(found.items())
    ]

"""A page about a mask, to read or print: volumes, pictures, how far to trust it, where it comes from."""

from __future__ import annotations

from base64 import b64encode

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.change import VolumeChange
from backend.exports.html_page import html_page
from backend.exports.montage import montage
from backend.exports.provenance import how_cell
from backend.exports.scores import scored_rows
from fewshot_sam import __version__


def export(mask: ExportedMask) -> ExportFile:
    """One HTML file that needs no other and runs no script."""
    answer, by_value = mask.answer, {label.value: label for label in mask.answer.labels}
    changes, labels = VolumeChange.by_value(answer), {label["value"]: label for label in mask.labels}
    rows = [
        (label, mask.measures[value], by_value[value], how_cell(mask, value), changes[value])
        for value, label in labels.items()
    ]
    pictures = [(each.index + 1, b64encode(each.jpeg).decode()) for each in montage(mask, mask.plane)]
    return html_page(
        f"{mask.stem}-report.html",
        "report.html.jinja",
        volume=mask.volume,
        unit=" HU" if mask.volume.modality == "CT" else "",
        answer=answer,
        plane=mask.plane.value,
        reviewed=[index + 1 for index in mask.reviewed],
        rows=rows,
        pictures=pictures,
        scores=mask.scores,
        scored=scored_rows(mask.scores) if mask.scores else [],
        version=__version__,
    )

"""A page about a mask, to read or print: volumes, pictures, how far to trust it, where it comes from."""

from __future__ import annotations

from base64 import b64encode

from jinja2 import Environment, PackageLoader, StrictUndefined

from backend.exports.base import ExportedMask, ExportFile
from backend.exports.change import VolumeChange
from backend.exports.montage import montage
from backend.exports.provenance import how_cell
from backend.exports.scores import scored_rows
from fewshot_sam import __version__


def export(mask: ExportedMask) -> ExportFile:
    """One HTML file that needs no other and runs no script."""
    environment = Environment(
        loader=PackageLoader("backend.exports", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    answer, by_value = mask.answer, {label.value: label for label in mask.answer.labels}
    changes = VolumeChange.by_value(answer)
    rows = [
        (label, mask.measures[value], by_value[value], how_cell(mask, value), changes[value])
        for label in mask.labels
        for value in (label["value"],)
    ]
    pictures = [(each.index + 1, b64encode(each.jpeg).decode()) for each in montage(mask, mask.plane)]
    text = environment.get_template("report.html.jinja").render(
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
    return ExportFile(f"{mask.stem}-report.html", "text/html; charset=utf-8", text.encode())

"""A page about a mask, to read or print: volumes, pictures, how far to trust it, where it comes from."""

from __future__ import annotations

from base64 import b64encode

import numpy as np

from backend.choices import method_title
from backend.exports.base import ExportedMask, ExportFile
from backend.exports.change import VolumeChange
from backend.exports.html_page import html_page
from backend.exports.montage import montage
from backend.exports.provenance import how_cell
from backend.exports.scores import scored_rows
from backend.exports.sizes import ML, Size, length_unit, picture_size, picture_unit, pixels_alike
from fewshot_sam import __version__


def export(mask: ExportedMask) -> ExportFile:
    """One HTML file that needs no other and runs no script."""
    answer, by_value = mask.answer, {label.value: label for label in mask.answer.labels}
    changes, labels = VolumeChange.by_value(answer), {label["value"]: label for label in mask.labels}
    stack = mask.volume.pictures
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
        method=method_title(answer.choice.method),
        plane=mask.plane.value,
        sizes={value: _size(mask, value) for value in labels},
        size_unit=picture_unit(stack) if stack else ML,
        length_unit=length_unit(stack),
        pixels_alike=pixels_alike(stack),
        reviewed=[index + 1 for index in mask.reviewed],
        rows=rows,
        pictures=pictures,
        scores=mask.scores,
        scored=scored_rows(mask.scores) if mask.scores else [],
        version=__version__,
    )


def _size(mask: ExportedMask, value: int) -> Size:
    """How large a label is."""
    if not mask.volume.pictures:
        return Size(mask.measures[value].volume_ml, ML)
    pixels = np.count_nonzero(mask.label_map == value, axis=(0, 1))
    return picture_size(pixels.tolist(), mask.volume.pictures)

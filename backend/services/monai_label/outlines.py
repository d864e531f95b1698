"""Outlines of a picture's labels in the XML of ASAP, which QuPath's extension reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath
from xml.etree.ElementTree import Element, SubElement, tostring

import numpy as np

from backend.errors import InvalidRequestError
from backend.exports.base import ExportedMask
from backend.exports.nifti import with_codes
from fewshot_sam.data.label_names import LabelName, default_color
from fewshot_sam.data.pictures import Picture
from fewshot_sam.io.dicom.contours import contours_of
from fewshot_sam.io.picture_export import picture_masks

_TO_CORNER = 0.5
"""A contour counts from the centre of the first pixel, ASAP from its corner."""


def asap_xml(mask: ExportedMask, image: str) -> bytes:
    """Each piece of a label on a picture as a polygon; holes, which ASAP cannot tell, are filled.

    Args:
        image: which picture of a stack: its file's name, with its ending or without. One that is alone need
            not be named.

    Raises:
        InvalidRequestError: the volume is a scan, or has no such picture.
    """
    if not mask.volume.pictures:
        raise InvalidRequestError("Outlines are of pictures, and this is a scan. Ask infer for its mask.")
    index = _index(mask.volume.pictures, image)
    codes = picture_masks(with_codes(mask.label_map, mask.labels), mask.volume)[index]
    root = Element("ASAP_Annotations")
    annotations, groups = SubElement(root, "Annotations"), SubElement(root, "AnnotationGroups")
    for place, (code, label) in enumerate(sorted(mask.names.items())):
        color = label.color or default_color(place)
        SubElement(groups, "Group", Name=label.name, PartOfGroup="None", Color=color)
        for points in _polygons(codes == code):
            _add(annotations, label, color, points)
    return tostring(root, encoding="utf-8", xml_declaration=True)


def _index(pictures: Sequence[Picture], image: str) -> int:
    names = [picture.name for picture in pictures]
    found = [place for place, name in enumerate(names) if image in (name, PurePath(name).stem)]
    if len(found) != 1 and len(names) != 1:
        raise InvalidRequestError("The image must be named as one of the pictures of its volume.")
    return found[0] if len(found) == 1 else 0


def _polygons(mask: np.ndarray) -> Iterator[np.ndarray]:
    """Outer outlines of a (rows, columns) bool mask: (N, 2) float64 x and y."""
    for contour in contours_of(mask):
        points = contour[:, ::-1] + _TO_CORNER
        x, y = points.T
        if np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)) > 0:  # twice its area; negative of a hole
            yield points


def _add(annotations: Element, label: LabelName, color: str, points: np.ndarray) -> None:
    facts = {
        "Name": label.name,
        "Type": "Polygon",
        "PartOfGroup": label.name,
        "Color": color,
    }
    coordinates = SubElement(SubElement(annotations, "Annotation", facts), "Coordinates")
    for order, (x, y) in enumerate(points):
        SubElement(coordinates, "Coordinate", Order=str(order), X=f"{x:g}", Y=f"{y:g}")

"""COCO's JSON of object masks (cocodataset.org/#format-data): images, annotations, categories.

Each connected piece of a label on a picture is an annotation. Its mask is in uncompressed run lengths, exact
and with holes: {"size": [rows, columns], "counts": [...]} counts pixels column after column, first those
outside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.ndimage import find_objects
from scipy.ndimage import label as connected_components

from fewshot_sam.data.pictures import Picture
from fewshot_sam.errors import ImageFormatError

_NEIGHBOURS = np.ones((3, 3), bool)
"""Pixels that touch at a corner belong to one piece."""


def coco(
    pictures: Sequence[Picture], masks: Sequence[np.ndarray], names: Mapping[int, str]
) -> dict[str, Any]:
    """The masks of pictures.

    Args:
        masks: of each picture in its own size, (rows, columns) unsigned integers, the codes.
        names: of the codes; one that is not named is called by its number.
    """
    codes = sorted(({int(code) for mask in masks for code in np.unique(mask)} | set(names)) - {0})
    images = [
        {"id": index, "file_name": each.name, "width": each.columns, "height": each.rows}
        for index, each in enumerate(pictures, start=1)
    ]
    annotations = [
        annotation
        for index, mask in enumerate(masks, start=1)
        for code in codes
        for annotation in _annotations(mask == code, index, code)
    ]
    for number, annotation in enumerate(annotations, start=1):
        annotation["id"] = number
    categories = [
        {"id": code, "name": names.get(code, str(code)), "supercategory": ""} for code in codes if code
    ]
    return {
        "info": {"description": "Masks of pictures, made with few-shot SAM"},
        "licenses": [],
        "images": images,
        "annotations": annotations,
        "categories": categories,
    }


def _annotations(mask: np.ndarray, image: int, code: int) -> Iterator[dict[str, Any]]:
    """One for each connected piece of a (rows, columns) bool mask."""
    pieces, _ = connected_components(mask, _NEIGHBOURS)
    for number, box in enumerate(find_objects(pieces), start=1):
        rows, columns = box
        inside = pieces[box] == number
        yield {
            "id": 0,
            "image_id": image,
            "category_id": code,
            "iscrowd": 0,
            "area": int(inside.sum()),
            "bbox": [columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start],
            "segmentation": encode_rle(inside, mask.shape, (rows.start, columns.start)),
        }


def encode_rle(inside: np.ndarray, size: tuple[int, ...], at: tuple[int, int] = (0, 0)) -> dict[str, Any]:
    """Run lengths of a (rows, columns) bool mask.

    Args:
        size: (rows, columns) of the picture...
        at: ...and the (row, column) in it where the mask lies.
    """
    rows, columns = size
    found_columns, found_rows = np.nonzero(inside.T)
    places = (found_columns + at[1]).astype(np.int64) * rows + found_rows + at[0]
    starts = places[np.diff(places, prepend=-2) > 1]
    ends = places[np.diff(places, append=rows * columns + 1) > 1] + 1
    edges = np.stack([starts, ends], axis=1).ravel()
    counts = np.diff(edges, prepend=0, append=rows * columns)
    kept = counts if counts[-1] or len(counts) == 1 else counts[:-1]
    return {"size": [int(rows), int(columns)], "counts": kept.tolist()}


def decode_rle(rle: Mapping[str, Any]) -> np.ndarray:
    """Inverse of :func:`encode_rle`, of a whole picture: (rows, columns) bool.

    Raises:
        ImageFormatError: the counts do not fill the size.
    """
    rows, columns = rle["size"]
    counts = np.asarray(rle["counts"], np.int64)
    if (counts < 0).any() or counts.sum() != rows * columns:
        raise ImageFormatError("Run lengths must fill their picture, but they do not. Export them again.")
    values = np.arange(len(counts)) % 2 == 1
    return np.repeat(values, counts).reshape(columns, rows).T

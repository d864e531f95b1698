"""Masks of a stack of pictures as files: a PNG for each picture, one COCO file, pictures to look at."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

import numpy as np
from PIL import Image, ImageColor
from scipy.ndimage import binary_erosion

from fewshot_sam.data.label_names import LabelName, default_color
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window, shown_slice
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.coco import coco
from fewshot_sam.io.mask_names import mask_names
from fewshot_sam.io.picture_masks import mask_png

COCO_NAME, LABELS_NAME = "coco.json", "labels.json"
_FILL, _QUALITY = 0.35, 90


def picture_masks(label_map: np.ndarray, volume: Volume) -> list[np.ndarray]:
    """Each picture's codes in its own size.

    Args:
        label_map: canonical (X, Y, Z) unsigned integers.

    Returns:
        (rows, columns) of the same dtype for each picture, views.

    Raises:
        ImageFormatError: the volume is a scan.
    """
    if not volume.pictures:
        raise ImageFormatError(
            "Masks as PNG or COCO are of unrelated pictures, and this is a scan. Take NIfTI, NRRD or "
            "MetaImage."
        )
    return [
        picture.inside(to_display(take_slice(label_map, Plane.AXIAL, index)))
        for index, picture in enumerate(volume.pictures)
    ]


def coco_bytes(label_map: np.ndarray, volume: Volume, names: Mapping[int, LabelName]) -> bytes:
    """The masks as COCO JSON (:mod:`fewshot_sam.io.coco`); canonical (X, Y, Z) unsigned integers."""
    masks = picture_masks(label_map, volume)
    content = coco(volume.pictures, masks, {code: name.name for code, name in names.items()})
    return json.dumps(content, ensure_ascii=False).encode()


def mask_files(
    label_map: np.ndarray, volume: Volume, names: Mapping[int, LabelName]
) -> Iterator[tuple[str, bytes]]:
    """Name and content of all files, one after the other.

    ``masks/NAME.png`` holds codes, ``preview/NAME-preview.jpg`` the picture with its labels over it,
    ``coco.json`` all masks and ``labels.json`` the names of the codes; masks and names are read back as
    painted slices.

    Args:
        label_map: canonical (X, Y, Z) unsigned integers, the codes.
        names: of the codes, as far as they have one.
    """
    codes = [int(code) for code in np.unique(label_map) if code]
    named = {code: names.get(code, LabelName(f"Label {code}", None)) for code in {*codes, *names}}
    colors = {
        code: name.color or default_color(place) for place, (code, name) in enumerate(sorted(named.items()))
    }
    labels = {str(code): {"name": named[code].name, "color": colors[code]} for code in sorted(named)}
    yield LABELS_NAME, json.dumps({"labels": labels}, ensure_ascii=False, indent=1).encode()
    yield COCO_NAME, coco_bytes(label_map, volume, named)
    masks, window = picture_masks(label_map, volume), default_window(volume)
    for index, (file_name, mask) in enumerate(zip(mask_names(volume.pictures), masks, strict=True)):
        yield f"masks/{file_name}", mask_png(mask, colors)
        yield f"preview/{PurePath(file_name).stem}-preview.jpg", _preview(volume, window, index, mask, colors)


def save_picture_masks(
    label_map: np.ndarray, volume: Volume, path: Path, names: Mapping[int, LabelName]
) -> None:
    """Write :func:`mask_files` as a zip; an existing file is replaced whole.

    Args:
        label_map: canonical (X, Y, Z) unsigned integers, the codes.
        names: of the codes, as far as they have one.
    """
    files = mask_files(label_map, volume, names)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".fewshot-sam-") as folder:
        part = Path(folder) / "part.zip"
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as archive:  # PNG and JPEG are compressed
            for name, content in files:
                archive.writestr(name, content)
        part.replace(path)


def _preview(
    volume: Volume, window: Window, index: int, mask: np.ndarray, colors: Mapping[int, str]
) -> bytes:
    shown = volume.pictures[index].inside(shown_slice(volume, Plane.AXIAL, index, window))
    pixels = np.repeat(shown[..., None], 3, axis=2) if shown.ndim == 2 else shown.copy()
    for code in np.unique(mask):
        if code:
            inside = mask == code
            color = np.array(ImageColor.getrgb(colors[int(code)])[:3], np.float32) / 255.0
            pixels[inside] += _FILL * (color - pixels[inside])
            pixels[inside & ~binary_erosion(inside)] = color
    file = io.BytesIO()
    Image.fromarray(np.rint(pixels * 255.0).astype(np.uint8)).save(file, "JPEG", quality=_QUALITY)
    return file.getvalue()

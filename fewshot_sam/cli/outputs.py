"""Where results are written: checked before the work starts, so that nothing is computed in vain."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fewshot_sam.errors import UserError
from fewshot_sam.io.formats.registry import FORMATS, written_suffixes

if TYPE_CHECKING:  # these load torch, which --help must not wait for
    from fewshot_sam.data.label_names import LabelName
    from fewshot_sam.data.volume import Volume
    from fewshot_sam.segmenter import Prediction

MODEL_SUFFIXES = (".safetensors",)
PICTURE_MASKS_SUFFIX = ".zip"


def path_ending_in(*suffixes: str) -> Callable[[str], Path]:
    """An argparse type: a path whose name ends in one of ``suffixes``."""

    def parse(text: str) -> Path:
        if not text.lower().endswith(suffixes):
            raise argparse.ArgumentTypeError(f"must end in {' or '.join(suffixes)}, got '{text}'")
        return Path(text)

    return parse


def prepare_outputs(*paths: Path | None) -> None:
    """Create the folders of the files to be written and check that they can be.

    Raises:
        UserError: if a path is a folder or its folder cannot be written to.
    """
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise UserError(f"The output must be a file, but {path} is a folder.")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UserError(f"The folder {path.parent} cannot be made: {error.strerror}.") from error
        if not os.access(path if path.exists() else path.parent, os.W_OK):
            raise UserError(f"{path} cannot be written; check the folder's permissions.")


def add_mask_option(parser: argparse.ArgumentParser) -> None:
    """``--output`` of the commands that write a label map."""
    parser.add_argument(
        "--output",
        type=path_ending_in(*written_suffixes(), PICTURE_MASKS_SUFFIX),
        required=True,
        metavar="MASK",
        help="label map to write: "
        + ", ".join(written_suffixes())
        + "; of --pictures .zip: a PNG for each picture, and COCO",
    )


def add_probabilities_option(parser: argparse.ArgumentParser) -> None:
    """``--probabilities``: a 4D image of the labels' probabilities."""
    parser.add_argument(
        "--probabilities",
        type=path_ending_in(*FORMATS["nifti"].written_suffixes),
        metavar="P.nii.gz",
        help="write a 4D float32 NIfTI, one volume a label by ascending code; its header names the codes",
    )


def require_pictures_for_zip(mask_path: Path, volume: Volume) -> None:
    """Check, before anything is computed, that a zip of masks is asked for of pictures alone.

    Raises:
        UserError: the volume is a scan.
    """
    if mask_path.suffix.lower() == PICTURE_MASKS_SUFFIX and not volume.pictures:
        raise UserError(
            f"{mask_path.name} would hold masks of unrelated pictures, and this is a scan. Name another kind "
            "of file, or say --pictures."
        )


def write_prediction(
    prediction: Prediction,
    volume: Volume,
    mask_path: Path,
    probabilities_path: Path | None,
    labels: Mapping[int, LabelName],
) -> None:
    """Write a prediction's label map and, if asked for, its probabilities; ``labels`` are of its codes."""
    from fewshot_sam.io.export import save_label_map, save_probabilities

    if mask_path.suffix.lower() == PICTURE_MASKS_SUFFIX:
        from fewshot_sam.io.picture_export import save_picture_masks

        save_picture_masks(prediction.label_map, volume, mask_path, labels)
    else:
        save_label_map(prediction.label_map, volume, mask_path)
    if probabilities_path is not None:
        save_probabilities(prediction.probabilities or {}, volume, probabilities_path)

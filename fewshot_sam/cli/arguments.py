"""Arguments several commands share, and how their text is read."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Any

from fewshot_sam.data.label_reading import Overlap
from fewshot_sam.encoders.registry import DEFAULT_ENCODER, ENCODER_NAMES
from fewshot_sam.io.formats.registry import image_argument
from fewshot_sam.methods.registry import DEFAULT_METHOD, METHODS
from fewshot_sam.methods.upgrade import upgrade_method

PLANES = ("axial", "coronal", "sagittal")
MODALITIES = ("CT", "MR", "OT")


def add_command(
    subparsers: Any, name: str, run: Any, summary: str, examples: str, details: str = ""
) -> argparse.ArgumentParser:
    """Add a command's parser with its summary and examples, and have ``run(args) -> int`` do it."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary}. {details}".strip(),
        epilog="examples:\n" + "\n".join(f"  python -m fewshot_sam {line}" for line in examples.split("\n")),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    return parser


def add_image_argument(parser: argparse.ArgumentParser, name: str = "image", **options: Any) -> None:
    """``IMAGE``: what the command works on; ``options`` are argparse's, such as ``nargs``."""
    parser.add_argument(name, type=Path, metavar="IMAGE", help=image_argument(), **options)


def add_method_options(parser: argparse.ArgumentParser, encoder: str | None = DEFAULT_ENCODER) -> None:
    """Options of every command that runs the encoder; ``encoder`` None takes the model's."""
    parser.add_argument(
        "--device", type=device, default="auto", metavar="auto|cpu|cuda|cuda:N", help="default: %(default)s"
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="same seed, same result; default: %(default)s"
    )
    parser.add_argument(
        "--encoder",
        default=encoder,
        metavar="NAME|PATH",
        help=f"{', '.join(ENCODER_NAMES)} or a checkpoint file; "
        f"default: {encoder or 'what the model was fitted with'}",
    )
    add_json_option(parser)


def add_fit_option(parser: argparse.ArgumentParser) -> None:
    """``--method``: which few-shot model is fitted."""
    parser.add_argument(
        "--method",
        type=upgrade_method,
        choices=tuple(METHODS),
        default=DEFAULT_METHOD,
        metavar="|".join(METHODS),
        help="; ".join(f"{name}: {entry.summary}" for name, entry in METHODS.items())
        + "; default: %(default)s",
    )


def add_card_options(parser: argparse.ArgumentParser) -> None:
    """What a model's file says for people: names of labels, and what is typed here."""
    parser.add_argument(
        "--names",
        type=Path,
        metavar="FILE",
        help='names of labels by code, such as a JSON file {"1": "liver"}; default: as the label maps say',
    )
    for name, words in {
        "title": "what the model is called",
        "author": "who made it",
        "licence": "under which it is shared, such as CC-BY-4.0",
        "note": "what else is worth knowing of it",
    }.items():
        parser.add_argument(
            f"--{name}", default="", metavar="TEXT", help=f"kept in the model's file: {words}"
        )


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """``--json``: where the machine-readable report goes."""
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write timings, peak memory, settings and volumes as JSON"
    )


def add_plane_option(parser: argparse.ArgumentParser, help_text: str) -> None:
    """``--plane``: one of the three anatomical planes."""
    parser.add_argument("--plane", choices=PLANES, metavar="|".join(PLANES), help=help_text)


def add_window_option(parser: argparse.ArgumentParser) -> None:
    """``--window``: the intensities shown as black and white."""
    parser.add_argument(
        "--window",
        type=window,
        metavar="LO,HI",
        help="intensities mapped to black and white, in HU for CT; default: chosen from the image",
    )


def add_modality_option(parser: argparse.ArgumentParser) -> None:
    """``--modality``: what the image is a scan of, where that is guessed wrongly."""
    parser.add_argument(
        "--modality",
        choices=MODALITIES,
        metavar="|".join(MODALITIES),
        help="read IMAGE as CT (in HU), MR or other (OT), which decides the intensities that are shown; "
        "default: what the file says, else told from the voxels",
    )


def add_series_option(parser: argparse.ArgumentParser) -> None:
    """``--series``: which of several volumes, such as the series of a DICOM folder."""
    parser.add_argument(
        "--series",
        metavar="UID",
        help="what to take where IMAGE holds several volumes: the UID of a DICOM series, or #2 for the "
        "second file, frame or channel",
    )


def add_resample_option(parser: argparse.ArgumentParser) -> None:
    """``--resample``: open slices that form no regular stack."""
    parser.add_argument(
        "--resample",
        action="store_true",
        help="put slices that form no regular stack (tilted gantry, drifting spacing, sheared affine) on a "
        "regular grid by linear interpolation; the mask is then on that grid",
    )


def add_half_option(parser: argparse.ArgumentParser) -> None:
    """``--half``: open an image that is too large for this machine."""
    parser.add_argument(
        "--half",
        action="store_true",
        help="open an image that is too large for this machine at half resolution (each voxel the mean of "
        "eight); masks are written on the grid of the file. Others stay as they are",
    )


def add_resample_labels_option(parser: argparse.ArgumentParser, name: str) -> None:
    """``--resample-labels``: take a label map of another grid than the image's."""
    parser.add_argument(
        "--resample-labels",
        action="store_true",
        help=f"put {name} on IMAGE's grid where it is on another: each voxel gets the label nearest to it",
    )


def add_overlap_option(parser: argparse.ArgumentParser, name: str) -> None:
    """``--overlap``: take a label map whose segments overlap."""
    parser.add_argument(
        "--overlap",
        choices=tuple(Overlap),
        metavar="|".join(Overlap),
        help=f"where segments of {name} overlap: which of them counts, in the order of its file",
    )


def add_pictures_option(parser: argparse.ArgumentParser) -> None:
    """``--pictures``: unrelated pictures instead of slices of a body."""
    parser.add_argument(
        "--pictures",
        action="store_true",
        help="IMAGE holds unrelated pictures (X-rays, ultrasound, microscopy; PNG, JPEG, TIFF or DICOM, in "
        "colour too), each segmented by itself; painted ones are PNG masks of the same names",
    )


def device(text: str) -> str:
    """A device's name, checked for form only; whether it is there shows when it is used."""
    if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", text):
        raise argparse.ArgumentTypeError(f"must be auto, cpu, cuda or cuda:N, got '{text}'")
    return text


def indices(text: str) -> tuple[int, ...]:
    """Whole numbers from 0 up, separated by commas: '10,40,80'."""
    if not re.fullmatch(r"\d+(,\d+)*", text.replace(" ", "")):
        raise argparse.ArgumentTypeError(f"must be whole numbers separated by commas, got '{text}'")
    return tuple(sorted({int(part) for part in text.split(",")}))


def codes(text: str) -> tuple[int, ...]:
    """Label codes from 1 to 65535, separated by commas."""
    values = indices(text)
    if values[0] < 1 or values[-1] > 65535:
        raise argparse.ArgumentTypeError(f"must be from 1 to 65535, got '{text}'")
    return values


def window(text: str) -> tuple[float, float]:
    """Two numbers, the lower first: '-160,240'."""
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"must be two numbers as in -160,240, got '{text}'") from None
    if not low < high or high - low == float("inf"):
        raise argparse.ArgumentTypeError(f"must be two finite numbers, the lower first, got '{text}'")
    return low, high


def positive_number(text: str) -> float:
    """A finite number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number above 0, got '{text}'")
    return value

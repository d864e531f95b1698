"""``evaluate``: how close a mask is to a reference."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport
from fewshot_sam.evaluation.tolerance import TOLERANCE_MM

EXAMPLES = """\
evaluate mask.nii.gz reference.nii.gz
evaluate mask.nii.gz reference.nii.gz --labels 1,5 --exclude-slices 10,40 --plane axial"""

DETAILS = """\
Prints, for each label: Dice, IoU, surface Dice (the share of both surfaces within --tolerance-mm of the
other), mean surface distance (ASSD) and its 95th percentile (HD95) in mm, and both volumes in mL; - for a
label that is in neither file, which counts in no mean. Slices in --exclude-slices, usually the painted ones,
are left out of the score."""

COLUMNS = {
    "dice": "Dice",
    "iou": "IoU",
    "surface_dice": "surface Dice",
    "assd_mm": "ASSD mm",
    "hd95_mm": "HD95 mm",
    "volume_ml": "mL",
    "reference_volume_ml": "reference mL",
}

SHARES = ("dice", "iou", "surface_dice")


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "evaluate", run, "Score a mask against a reference", EXAMPLES, DETAILS
    )
    parser.add_argument("mask", type=Path, metavar="MASK", help="label map to score")
    parser.add_argument("reference", type=Path, metavar="REFERENCE", help="label map on the same grid")
    parser.add_argument(
        "--labels",
        type=arguments.codes,
        metavar="I,J,...",
        help="codes to score; default: all in either file",
    )
    parser.add_argument(
        "--exclude-slices",
        type=arguments.indices,
        default=(),
        metavar="I,J,...",
        help="slices to leave out, counted from 0 along the stored axis; needs --plane",
    )
    parser.add_argument(
        "--tolerance-mm",
        type=arguments.positive_number,
        default=TOLERANCE_MM,
        metavar="MM",
        help="how far apart two surfaces may lie and still be one, for surface Dice (default: %(default)s)",
    )
    arguments.add_plane_option(parser, "the plane of --exclude-slices")
    arguments.add_json_option(parser)
    parser.set_defaults(parser=parser)


def run(args: argparse.Namespace) -> int:
    """Load both label maps, score them, print a table."""
    if args.exclude_slices and args.plane is None:
        args.parser.error("--exclude-slices needs --plane axial|coronal|sagittal")
    outputs.prepare_outputs(args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import scoring
    with report.stage("load"):
        pair = scoring.load_pair(args.mask, args.reference, args.plane, args.exclude_slices)
    with report.stage("evaluate"):
        scores = scoring.score(pair, args.labels, args.tolerance_mm)
    report.add(labels=scores, mean=scoring.mean_over_labels(scores), label_names=pair.names)
    report.write()
    if pair.note:
        sys.stderr.write(f"{pair.note}\n")
    sys.stdout.write(table(scores, scoring.mean_over_labels(scores)))
    return 0


def table(scores: dict[int, dict[str, float | None]], mean: dict[str, float | None]) -> str:
    """The scores as aligned text, one label a line and their mean last; - where there is none."""
    header = ["label", *COLUMNS.values()]
    rows = [(str(code), values) for code, values in scores.items()] + [("mean", mean)]
    lines = [header] + [
        [name, *(_cell(values[key], 4 if key in SHARES else 2) for key in COLUMNS)] for name, values in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(header))]
    return "".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + "\n"
        for line in lines
    )


def _cell(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"

"""``export``: a mask in the format of another program."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport
from fewshot_sam.cli.targets.registry import TARGETS

MAX_SMOOTHING_VOXELS = 5.0
EXAMPLES = """\
export dicom_folder --mask mask.nii.gz --to seg --output mask.dcm
export dicom_folder --mask mask.nii.gz --to seg --labels names.json --output mask.dcm
export a.nii.gz --mask a_mask.nii.gz --case b.nii.gz b_mask.nii.gz --to nnunet --output Dataset027_CT.zip"""

DETAILS = """\
MASK is a label map on the grid of IMAGE, in any format that is read. Its labels are called as --labels says,
or as the mask or a file beside it says. A training set is a zip of one folder."""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "export", run, "Write a mask in another program's format", EXAMPLES, DETAILS
    )
    arguments.add_image_argument(parser)
    parser.add_argument("--mask", type=Path, required=True, metavar="MASK", help="label map of IMAGE")
    parser.add_argument(
        "--to",
        choices=tuple(TARGETS),
        required=True,
        help="; ".join(f"{name}: {line.title}" for name, line in TARGETS.items()),
    )
    parser.add_argument(
        "--case",
        type=Path,
        nargs=2,
        action="append",
        default=[],
        metavar=("IMAGE", "MASK"),
        help="another scan of a training set and its label map; may be repeated",
    )
    parser.add_argument(
        "--labels", type=Path, metavar="NAMES", help="file with the labels' names, as JSON of code to name"
    )
    arguments.add_series_option(parser)
    arguments.add_modality_option(parser)
    arguments.add_resample_labels_option(parser, "MASK")
    arguments.add_overlap_option(parser, "MASK")
    parser.add_argument(
        "--smoothing-voxels",
        type=_smoothing,
        default=0.8,
        metavar="S",
        help="of surfaces: standard deviation in voxels, 0 for none (default: 0.8); volumes are kept",
    )
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write")
    arguments.add_json_option(parser)
    parser.set_defaults(parser=parser)


def _smoothing(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= MAX_SMOOTHING_VOXELS:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {MAX_SMOOTHING_VOXELS:g}, got '{text}'")
    return found


def run(args: argparse.Namespace) -> int:
    """Load scan and mask, write the mask."""
    line = TARGETS[args.to]
    if not args.output.name.lower().endswith(line.suffixes):
        wanted = " or ".join(line.suffixes)
        args.parser.error(f"--output must end in {wanted} for --to {args.to}, got '{args.output}'")
    if args.case and not line.of_cases:
        args.parser.error(f"--case is for training sets; --to {args.to} writes one mask")
    outputs.prepare_outputs(args.output, args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli.mask_cases import MaskCases
    with report.stage("load"):
        cases = MaskCases(args)
    with report.stage("export"):
        said = line.load()(cases.export())
    for sentence in said:
        sys.stderr.write(f"{sentence}\n")
    report.add(labels={code: label.name for code, label in cases.names.items()}, notes=said)
    report.write()
    return 0

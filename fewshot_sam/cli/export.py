"""``export``: a mask in the format of another program."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport
from fewshot_sam.cli.targets.registry import TARGETS

EXAMPLES = """\
export dicom_folder --mask mask.nii.gz --to seg --output mask.dcm
export dicom_folder --mask mask.nii.gz --to seg --labels names.json --output mask.dcm"""

DETAILS = """\
MASK is a label map on the grid of IMAGE, in any format that is read. Its labels are called as --labels says,
or as the mask or a file beside it says."""


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
        "--labels", type=Path, metavar="NAMES", help="file with the labels' names, as JSON of code to name"
    )
    arguments.add_series_option(parser)
    arguments.add_resample_labels_option(parser, "MASK")
    arguments.add_overlap_option(parser, "MASK")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE", help="file to write")
    arguments.add_json_option(parser)
    parser.set_defaults(parser=parser)


def run(args: argparse.Namespace) -> int:
    """Load scan and mask, write the mask."""
    line = TARGETS[args.to]
    if not args.output.name.lower().endswith(line.suffixes):
        wanted = " or ".join(line.suffixes)
        args.parser.error(f"--output must end in {wanted} for --to {args.to}, got '{args.output}'")
    outputs.prepare_outputs(args.output, args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.cli import inputs
        from fewshot_sam.cli.targets.base import MaskExport
        from fewshot_sam.data.label_reading import LabelReading, Overlap
        from fewshot_sam.io.labels import named_codes
        from fewshot_sam.io.limits import ReadLimits
        from fewshot_sam.io.load import load_scan
        from fewshot_sam.io.terminology import match
    with report.stage("load"):
        limits = ReadLimits.from_environment(os.environ)
        volume, headers = load_scan(
            args.image, series_uid=args.series, limits=limits, resample=True, half=True
        )
        how = LabelReading(args.resample_labels, Overlap(args.overlap) if args.overlap else None)
        label_map = inputs.read_labels(args.mask, volume, args.labels, how)
    with report.stage("export"):
        names = {
            code: replace(label, term=label.term or match(label.name))
            for code, label in named_codes(label_map).items()
        }
        said = line.load()(MaskExport(args.image, volume, headers, label_map.codes, names, args.output))
    if done := volume.metadata.get("notes"):
        sys.stderr.write(f"{args.image}: {done}\n")
    for sentence in filter(None, [label_map.notes, *said]):
        sys.stderr.write(f"{sentence}\n")
    report.add(labels={code: label.name for code, label in names.items()}, notes=said)
    report.write()
    return 0

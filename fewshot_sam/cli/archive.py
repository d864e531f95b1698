"""``archive``: scans from a hospital's archives, masks into them."""

from __future__ import annotations

import argparse
from typing import Any

from fewshot_sam.cli import arguments, program

ACTIONS = ("list", "search", "fetch", "store")
EXAMPLES = """\
archive list
archive search main --patient-name "Miller, A" --from 2026-01-01 --modality CT
archive search main --study 1.2.826.0.1.3680043.9.1
archive fetch main 1.2.826.0.1.3680043.9.1 1.2.826.0.1.3680043.9.1.2 --output scan
archive store main mask.dcm"""

DETAILS = (
    "Speaks DICOMweb with the archives that FEWSHOT_SAM_ARCHIVES names. 'search' prints studies, or the "
    "series of one; 'store' puts DICOM objects into studies that are there."
)


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "archive", run, "Fetch scans from an archive (PACS), store masks there", EXAMPLES, DETAILS
    )
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=f"one of {', '.join(ACTIONS)}")
    parser.add_argument("archive", nargs="?", metavar="ARCHIVE", help="its ID, as 'list' prints it first")
    parser.add_argument(
        "things", nargs="*", metavar="UID|FILE", help="for 'fetch': a study and a series; for 'store': files"
    )
    parser.add_argument("--patient-id", metavar="TEXT", help="for 'search': with * for any characters")
    parser.add_argument("--patient-name", metavar="TEXT", help="the same; its beginning is enough")
    parser.add_argument("--from", dest="from_", metavar="DATE", help="for 'search': no earlier study")
    parser.add_argument("--to", dest="to_", metavar="DATE", help="for 'search': no later study")
    parser.add_argument("--modality", metavar="NAME", help="for 'search': that a study must hold, as CT")
    parser.add_argument("--study", metavar="UID", help="for 'search': print the series of this study")
    parser.add_argument(
        "--output", dest="output_", metavar="FOLDER", help="for 'fetch': a new or empty folder"
    )


def run(args: argparse.Namespace) -> int:
    """Become backend.archive."""
    options = []
    for option in ("patient-id", "patient-name", "from", "to", "modality", "study", "output"):
        name = option.replace("-", "_")
        value = getattr(args, f"{name}_" if option in ("from", "to", "output") else name)
        options += [f"--{option}={value}"] if value else []
    names = [] if args.archive is None else [args.archive, *args.things]
    program.become("backend.archive", [*options, "--", args.action, *names])

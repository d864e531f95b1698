"""``model``: what is in a few-shot model's file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport

EXAMPLES = """\
model model.safetensors
model model.safetensors --json about.json"""

DETAILS = """\
Prints method, encoder, plane, intensity window, and for each label its code with the cross-validated
Dice; and the volumes that were learnt from, by the SHA-256 of voxels and grid, which names nobody but tells
who has the same volume that it was one. Nothing is computed and no encoder is loaded."""


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "model", run, "Show what is in a few-shot model's file", EXAMPLES, DETAILS
    )
    parser.add_argument("model", type=Path, metavar="M.safetensors", help="a model written by 'fit'")
    arguments.add_json_option(parser)


def run(args: argparse.Namespace) -> int:
    """Read the file's description and print it."""
    outputs.prepare_outputs(args.json)
    report = RunReport(args)
    with report.stage("import"):
        from fewshot_sam.methods.fitted_model import SavedModel
    with report.stage("load"):
        about = SavedModel(args.model).description()
    report.add(model=about)
    report.write()
    sys.stdout.write(_text(about))
    return 0


def _text(about: dict[str, Any]) -> str:
    window = about["window"]
    lines = [
        f"method    {about['method']}",
        f"encoder   {about['encoder']}",
        f"plane     {about['plane']}",
        f"window    {f'{window[0]:g} to {window[1]:g}' if window else 'of each volume'}",
        f"painted   {about['slices'] or 'not noted'} slices",
    ]
    for code, dice in about["cross_validated_dice"].items():
        lines.append(f"label     {code}  {'no estimate' if dice is None else f'Dice {dice:.3f}'}")
    lines.extend(f"source    {content_hash}" for content_hash in about["volumes"])
    return "".join(f"{line}\n" for line in lines)

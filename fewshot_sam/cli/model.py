"""``model``: what is in a few-shot model's file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport
from fewshot_sam.errors import ModelError

EXAMPLES = """\
model model.safetensors
model model.safetensors --json about.json"""

DETAILS = """\
Prints title, author, licence and note as somebody typed them; method, settings, seed, encoder, plane, and how
slices are shown to the encoder; what the numbers in the file are; for each label its code and name with the
cross-validated Dice; and the volumes that were learnt from, by the SHA-256 of voxels and grid, which names
nobody but tells who has the same volume that it was one. Nothing is computed and no encoder is loaded."""


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
        from fewshot_sam.methods.contents import Contents
        from fewshot_sam.methods.fitted_model import SavedModel
    with report.stage("load"):
        about = SavedModel(args.model).description()
    report.add(model=about)
    report.write()
    sys.stdout.write(_text(about, Contents(**about["contents"]).sentence))
    return 0


def _text(about: dict[str, Any], contents: str) -> str:
    window, side = about["window"], about["input_size"]
    typed = [f"{name:9} {about[name]}" for name in ("title", "author", "licence", "program", "created")]
    seed = "unknown" if about["seed"] is None else about["seed"]
    resized = f", resized to {side} pixels along the longer side" if side else ""
    names = {label["code"]: label["name"] for label in about["labels"]}
    lines = [
        *(line for line in typed if line.split(maxsplit=1)[1:]),
        f"method    {about['method']}",
        f"settings  {_settings(about['settings'])}, seed {seed}",
        f"encoder   {about['encoder']}  {about['encoder_identity']}",
        f"plane     {about['plane']}",
        f"window    {f'{window[0]:g} to {window[1]:g}' if window else 'of each volume'}",
        f"slices    in their own resolution{resized}",
        f"painted   {about['slices'] or 'not noted'} slices",
        f"holds     {contents}",
    ]
    for code, dice in about["cross_validated_dice"].items():
        said = "no estimate" if dice is None else f"Dice {dice:.3f}"
        lines.append("  ".join(filter(None, (f"label     {code}", names.get(code), said))))
    for source in about["sources"]:
        count = "" if source["slices"] is None else f"  {source['slices']} slices"
        lines.append(f"source    {source['sha256']}{count}")
    lines.extend(f"note      {line}" for line in about["note"].splitlines())
    return "".join(f"{line}\n" for line in lines)


def _settings(settings: dict[str, Any]) -> str:
    """Those that differ from the defaults of the method."""
    from fewshot_sam.settings import Settings

    try:
        chosen = Settings.from_json(settings)
    except ModelError:
        return "of another version"
    defaults = Settings.for_method(chosen.method).to_json()
    stated = [
        f"{part}.{name}={value}"
        for part, values in chosen.to_json().items()
        for name, value in values.items()
        if defaults[part].get(name) != value
    ]
    return ", ".join(stated) or "defaults"

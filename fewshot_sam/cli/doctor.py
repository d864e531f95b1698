"""``doctor``: what this machine offers, and what is wrong with it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from fewshot_sam.cli import arguments, outputs
from fewshot_sam.cli.report import RunReport, plain

EXAMPLES = """\
doctor
doctor --device cuda --json doctor.json"""

DETAILS = "Exit code 1 if something is wrong; each fault is one line that starts with FAULT."

FAULTS_FOUND = 1


def add_parser(subparsers: Any) -> None:
    """Add this command's parser."""
    parser = arguments.add_command(
        subparsers, "doctor", run, "Show what this machine offers and what is wrong", EXAMPLES, DETAILS
    )
    arguments.add_method_options(parser)


def run(args: argparse.Namespace) -> int:
    """Run every check, print what it found, and say what is wrong."""
    from fewshot_sam.cli import checks

    outputs.prepare_outputs(args.json)
    report = RunReport(args)
    steps: dict[str, Callable[[], checks.CheckResult]] = {
        "program": checks.program,
        "libraries": checks.libraries,
        "processor": checks.processor,
        "device": lambda: checks.device(args.device),
        "encoder": lambda: checks.encoder(args.encoder, args.device),
        "image formats": checks.image_decoders,
        "reading process": checks.reading_process,
        "viewer": checks.viewer,
        "data folder": checks.data_folder,
        "embedding cache": checks.embedding_cache,
    }
    findings = {}
    for name, step in steps.items():
        with report.stage(name):
            findings[name] = finding = step()
        sys.stdout.write(f"{name:16} {finding.text}\n")
        sys.stdout.writelines(f"{'':16} FAULT: {fault}\n" for fault in finding.faults)
    faults = [fault for finding in findings.values() for fault in finding.faults]
    sys.stdout.write(f"{len(faults)} fault(s) found.\n" if faults else "Nothing is wrong.\n")
    report.add(
        findings={name: {"text": finding.text, **plain(finding.facts)} for name, finding in findings.items()},
        faults=faults,
    )
    report.write()
    return FAULTS_FOUND if faults else 0

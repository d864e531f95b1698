"""requirements.lock: every package that is shipped, with hashes, at the versions that are tested."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.package.conftest import ROOT
from tests.package.test_requirements import pinned

LOCK = ROOT / "requirements.lock"
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def entries(text: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement and its hashes."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
    found = []
    for line in lines:
        requirement, *hashes = re.split(r"\s+--hash=", line)
        found.append((Requirement(requirement), [each.strip() for each in hashes]))
    return found


def versions(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for requirement, _ in entries(text):
        (pin,) = list(requirement.specifier)
        assert pin.operator == "==", requirement
        found.setdefault(canonicalize_name(requirement.name), set()).add(pin.version)
    return found


def test_every_pin_is_locked_at_its_version() -> None:
    locked = versions(LOCK.read_text())
    for name, requirement in pinned(ROOT / "requirements.txt").items():
        (specifier,) = list(requirement.specifier)
        if specifier.operator == "==":
            assert locked[name] == {specifier.version}, f"{name}: run `make lock`"
        else:
            assert all(version in requirement.specifier for version in locked[name]), name
    assert len(locked) > 80


def test_every_file_has_a_sha256() -> None:
    for requirement, hashes in entries(LOCK.read_text()):
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), requirement


def test_no_place_to_fetch_from_is_named() -> None:
    text = LOCK.read_text()
    assert not re.search(r"https?:|file:|--(?:extra-)?index|--find-links|--trusted|@", text)
    assert text.splitlines()[0].endswith("made of requirements.txt by `make lock`.")


def test_the_list_for_a_release_is_valid_and_holds_the_whole_lock(tmp_path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    (options,) = re.findall(r"-m cyclonedx_py (.*) -o dist/sbom\.cdx\.json", makefile)
    file = tmp_path / "sbom.cdx.json"
    command = [sys.executable, "-W", "ignore", "-m", "cyclonedx_py", *options.split(), "-o", str(file)]
    subprocess.run(command, cwd=ROOT, check=True)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(file.read_text()) is None
    listed = json.loads(file.read_text())
    assert listed["metadata"]["component"]["name"] == "fewshot-sam"
    found = {
        (part["purl"], *sorted(each["content"] for each in part["externalReferences"][0]["hashes"]))
        for part in listed["components"]
    }
    assert found == {
        (
            f"pkg:pypi/{canonicalize_name(requirement.name)}@{next(iter(requirement.specifier)).version}",
            *sorted(each.removeprefix("sha256:") for each in hashes),
        )
        for requirement, hashes in entries(LOCK.read_text())
    }


def test_the_image_installs_by_hash_alone() -> None:
    installs = re.findall(r"pip install ((?:[^&;\\]|\\\n)+)", DOCKERFILE)
    assert len(installs) == 3
    by_hash = [each for each in installs if "--require-hashes" in each and "--only-binary :all:" in each]
    assert len(by_hash) == 2
    (other,) = set(installs) - set(by_hash)
    assert '--index-url "$TORCH_INDEX"' in other and "torch|torchvision" in other
    assert re.search(r"^FROM python:3\.11\.\d+-slim-\w+@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE)
    assert "requirements.txt" not in DOCKERFILE


def test_without_cuda_the_image_leaves_out_pytorch_alone(tmp_path: Path) -> None:
    (command,) = re.findall(r"awk '[^']+' requirements\.lock", DOCKERFILE)
    rest = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    everything, kept = versions(LOCK.read_text()), versions(rest)
    left_out = set(everything) - set(kept)
    assert {"torch", "torchvision"} <= left_out
    assert all(re.fullmatch(r"torch|torchvision|triton|(nvidia|cuda)-.*", name) for name in left_out)
    assert all(hashes for _, hashes in entries(rest))
    (pins,) = re.findall(r"grep -oE '[^']+' requirements\.lock", DOCKERFILE)
    found = subprocess.run(pins, shell=True, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(found.split()) == sorted(
        f"{name}=={version}" for name in ("torch", "torchvision") for version in everything[name]
    )


def test_the_image_gets_what_it_copies() -> None:
    sent = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = set(re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE))
    assert copied == sent

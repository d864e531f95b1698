"""What confines the child on this kernel and on older ones, and how it is said."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from fewshot_sam.cli import checks
from fewshot_sam.io.sandbox import denied_calls, landlock, process, seccomp
from fewshot_sam.io.sandbox.confinement import (
    PACKAGE,
    Confinement,
    is_package_folder,
    library_paths,
    readable_inputs,
)
from fewshot_sam.io.sandbox.reading import check_confinement
from tests.fewshot_sam.hostile_child import needs_landlock, needs_seccomp

OLD_KERNEL = """
import os, signal, sys, time
from pathlib import Path
from fcntl import fcntl
from fewshot_sam.io.sandbox import landlock, seccomp

def attempt(*calls):
    try:
        for call in calls:
            call()
    except OSError:
        return
    raise SystemExit("an attempt worked")

library, database, parent = Path(sys.argv[1]), sys.argv[2], os.getppid()
landlock.version = lambda: int(sys.argv[3])
assert landlock.restrict([(library, landlock.READ)]) == int(sys.argv[3]) and seccomp.restrict()
assert (library / "module.py").read_text() == "kept"
attempt(lambda: os.open(database, 3 | os.O_TRUNC))
attempt(lambda: os.open(library / "module.py", os.O_RDONLY | os.O_TRUNC))
reading, writing = os.pipe()
attempt(
    lambda: fcntl(reading, 8, parent),  # F_SETOWN
    lambda: fcntl(reading, 10, int(signal.SIGKILL)),  # F_SETSIG
    lambda: fcntl(reading, 4, os.O_ASYNC | os.O_NONBLOCK),
    lambda: os.write(writing, b"x"),
    lambda: time.sleep(1),
)
"""


@needs_landlock
@needs_seccomp
@pytest.mark.parametrize("version", [1, 2, 5])
def test_what_older_versions_of_landlock_leave_open(tmp_path: Path, version: int) -> None:
    """Linux 5.13 to 6.1 rule over no truncation, and those up to 6.11 over no signals."""
    if version > landlock.version():
        pytest.skip(f"this kernel has version {landlock.version()}")
    library, database = tmp_path / "lib", tmp_path / "database"
    library.mkdir()
    for file in (library / "module.py", database):
        file.write_text("kept")
    arguments = [sys.executable, "-c", OLD_KERNEL, str(library), str(database), str(version)]
    victim = f"import subprocess, sys; sys.exit(subprocess.run({arguments!r}).returncode)"
    done = subprocess.run([sys.executable, "-c", victim], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert [file.read_text() for file in (library / "module.py", database)] == ["kept", "kept"]


def test_a_header_alone_brings_the_files_beside_it(tmp_path: Path) -> None:
    for name in ("image.mhd", "image.raw", "other.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("/etc/passwd")
    header, data = tmp_path / "image.mhd", tmp_path / "image.raw"
    assert set(readable_inputs([header])) == {header, data, tmp_path / "other.txt"}
    assert list(readable_inputs([header, data])) == [header, data]
    assert list(readable_inputs([data])) == [data]
    assert list(readable_inputs([tmp_path / "missing" / "image.mhd"])) == [tmp_path / "missing" / "image.mhd"]


def test_a_folder_on_the_path_counts_where_packages_are_installed(tmp_path: Path) -> None:
    (tmp_path / "target" / "numpy-2.0.dist-info").mkdir(parents=True)
    (tmp_path / "site-packages").mkdir()
    assert is_package_folder(str(tmp_path / "target"))
    assert is_package_folder(str(tmp_path / "site-packages"))
    assert not any(map(is_package_folder, (str(tmp_path), str(tmp_path / "missing"), "", ".")))


def test_libraries_do_not_include_the_checkout() -> None:
    readable = [path.resolve() for path in library_paths()]
    for secret in (PACKAGE.parent / "pyproject.toml", PACKAGE.parent / "backend", Path.home() / ".ssh"):
        assert not any(secret.is_relative_to(path) for path in readable)


def test_what_is_in_force_is_said(tmp_path: Path) -> None:
    found = check_confinement(tmp_path)
    assert found.landlock == landlock.version()
    assert found.complete or "no" in str(found)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("lacking", "expected"),
    [
        ("landlock.version = lambda: 0", Confinement(0, seccomp._program() is not None)),
        ("seccomp._program = lambda: None", Confinement(landlock.version(), False)),
    ],
)
def test_a_kernel_that_lacks_one_still_has_the_other(
    lacking: str, expected: Confinement, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = (
        f"import pathlib, sys; from fewshot_sam.io.sandbox import landlock, seccomp; {lacking}; "
        "from fewshot_sam.io.sandbox.child import main; main(pathlib.Path(sys.argv[1]))"
    )
    monkeypatch.setattr(process, "command", lambda folder: [sys.executable, "-P", "-c", script, str(folder)])
    assert check_confinement() == expected


def test_doctor_says_what_is_in_force(monkeypatch: pytest.MonkeyPatch) -> None:
    finding = checks.reading_process()
    assert finding.text.startswith("The reading process is")
    assert (finding.facts["landlock"], finding.faults) == (landlock.version(), [])
    monkeypatch.setattr(sys, "executable", "/bin/false")
    finding = checks.reading_process()
    assert (finding.text, len(finding.faults)) == ("does not run", 1)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (Confinement(7, True), r"confined by Landlock \(version 7\) and seccomp"),
        (Confinement(3, False), "seccomp is missing"),
        (Confinement(0, True), "this kernel has no Landlock"),
        (Confinement(0, False), "not confined"),
    ],
)
def test_every_degree_of_confinement_has_a_sentence(found: Confinement, sentence: str) -> None:
    assert re.search(sentence, str(found))
    assert found.complete == (found == Confinement(7, True))


def test_numbers_of_system_calls_are_those_of_this_kernels_headers() -> None:
    headers = {
        "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        "aarch64": Path("/usr/include/asm-generic/unistd.h"),
    }
    tables = [path.read_text() for path in headers.values() if path.is_file()]
    if len(tables) != len(headers):
        pytest.skip("the kernel's headers are not installed")
    known = {
        **denied_calls.DENIED,
        **denied_calls.SIGNALS,
        "clone": denied_calls.CLONE,
        "clone3": denied_calls.CLONE3,
        "prlimit64": denied_calls.PRLIMIT,
        "prctl": denied_calls.PRCTL,
        "fcntl": denied_calls.FCNTL,
        "open": denied_calls.OPEN,
        "openat": denied_calls.OPENAT,
        "openat2": denied_calls.OPENAT2,
    }
    for column, table in enumerate(tables):
        stated = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", table))
        for name, numbers in known.items():
            expected = stated.get(name)
            assert numbers[column] == (None if expected is None else int(expected)), name

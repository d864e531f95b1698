"""A reading child whose parser was taken over: it runs what a test gives it, inside the confinement.

The real entry point runs, with the real request, environment and limits; only the reader of volumes
is another, as if a file had made it run code of its own.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from fewshot_sam.errors import UserError
from fewshot_sam.io.sandbox import landlock, process, seccomp
from fewshot_sam.io.sandbox.limits import ChildLimits
from fewshot_sam.io.sandbox.reading import read_volume

needs_landlock = pytest.mark.skipif(
    landlock.version() == 0,
    reason="this kernel has no Landlock (Linux 5.13 or later, switched on): a child that a file takes "
    "over can read what this user can",
)
needs_seccomp = pytest.mark.skipif(
    seccomp._program() is None, reason="seccomp filters are for Linux on x86_64 and aarch64"
)

ATTEMPTS = """
import ctypes, errno, json, mmap, os, resource, signal, socket, subprocess, sys, types

def system_call(number, *arguments):
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    result = call(ctypes.c_long(number), *[ctypes.c_long(item) for item in arguments])
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def connected(family, kind, address):
    with socket.socket(family, kind) as client:
        client.settimeout(2)
        client.connect(address)

def written(path):
    with open(path, "w") as file:
        file.write("written")

def outcome(attempt):
    try:
        found = eval(attempt, globals())
        return ["worked", found if isinstance(found, (int, str, list, dict)) else None]
    except OSError as error:
        return ["refused", errno.errorcode.get(error.errno, str(error))]
    except ValueError as error:
        return ["refused", str(error)]
    except subprocess.SubprocessError as error:
        return ["refused", str(error)]

def outcomes(attempts):
    return {name: outcome(attempt) for name, attempt in attempts.items()}
"""

TAKEN_OVER = (
    ATTEMPTS
    + """
from pathlib import Path
from fewshot_sam.errors import UserError

def load_volume(paths, **options):
    found = outcomes(json.loads(ATTEMPTS))
    Path(os.environ["TMPDIR"], "outcomes.json").write_text(json.dumps(found))
    raise UserError("The attempts are over.")

readers = types.ModuleType("fewshot_sam.io.load")
readers.load_scan = readers.read_source = load_volume
readers.LookAround = None
sys.modules["fewshot_sam.io.load"] = readers
from fewshot_sam.io.sandbox import child
child.main(Path(sys.argv[1]))
"""
)


def attempts_in_child(
    monkeypatch: pytest.MonkeyPatch,
    paths: list[Path],
    attempts: Mapping[str, str],
    limits: ChildLimits | None = None,
) -> dict[str, list[Any]]:
    """What came of each attempt (Python expressions) inside the confined child."""
    script = TAKEN_OVER.replace("json.loads(ATTEMPTS)", repr(dict(attempts)))
    found: dict[str, list[Any]] = {}
    original = process.run_child

    def run_child(folder: Path, *arguments: Any) -> None:
        original(folder, *arguments)
        found.update(json.loads((folder / "outcomes.json").read_text()))

    monkeypatch.setattr(process, "command", lambda folder: [sys.executable, "-P", "-c", script, str(folder)])
    monkeypatch.setattr("fewshot_sam.io.sandbox.reading.run_child", run_child)
    with (
        pytest.raises(UserError, match="The attempts are over"),
        read_volume(paths, limits=limits),
    ):
        pass
    return found

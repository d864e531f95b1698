"""Read files from outside in a child process that can neither hang nor eat the machine.

DICOM, NIfTI and zip parsers are given hostile or broken bytes here: nested sequences without
end, a few kilobytes that unpack to gigabytes, decoders written in C. The child
(:mod:`fewshot_sam.io.child`) has limits on memory, processor time and the size of files, gets
none of this process's environment but what Python needs, and answers through a .npy and a JSON
file in a private folder; nothing it says is unpickled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam import errors
from fewshot_sam.errors import ImageFormatError, SeriesChoice, SeriesChoiceError, UserError
from fewshot_sam.geometry import Plane
from fewshot_sam.volume import SourceGrid, Volume

_KEPT_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV")
_PROJECT_ROOT = Path(__file__).resolve().parents[2]


def load_volume_isolated(
    paths: str | Path | Sequence[str | Path],
    *,
    series_uid: str | None = None,
    timeout_s: float = 300,
    memory_limit_mb: int = 8000,
) -> Volume:
    """Like :func:`fewshot_sam.io.load_volume`, parsed in a child process with limits.

    Args:
        timeout_s: wall-clock seconds after which the child is ended.
        memory_limit_mb: address space of the child (POSIX; elsewhere only the time is limited).

    Raises:
        UserError: the same errors, with the same text, as reading in this process; and
            ImageFormatError if the child ran out of time or memory, or crashed.
    """
    listed = [paths] if isinstance(paths, str | Path) else list(paths)
    with tempfile.TemporaryDirectory(prefix="fewshot-sam-read-") as folder:
        request = {
            "paths": [str(Path(path).absolute()) for path in listed],
            "series_uid": series_uid,
            "memory_limit_mb": memory_limit_mb,
            "timeout_s": timeout_s,
        }
        (Path(folder) / "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run_child(Path(folder), timeout_s)
        return _answer(Path(folder))


def _run_child(folder: Path, timeout_s: float) -> None:
    command = [sys.executable, "-m", "fewshot_sam.io.child", str(folder)]
    environment = {name: os.environ[name] for name in _KEPT_ENVIRONMENT if name in os.environ}
    environment |= {
        "PYTHONPATH": os.pathsep.join([str(_PROJECT_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "TMPDIR": str(folder),  # unpacked zips go with the folder when the child is ended
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",  # each thread would take address space from the limit
    }
    try:
        finished = subprocess.run(
            command,
            env=environment,
            timeout=timeout_s,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ImageFormatError(
            f"Reading the files took longer than {timeout_s:g} s and was stopped. "
            "They may be damaged, or too large: open fewer or smaller files."
        ) from error
    if finished.returncode != 0:
        raise ImageFormatError(
            f"Reading the files failed (the reader ended with code {finished.returncode}). "
            "They may be damaged, or need more memory than is allowed."
        )


def _answer(folder: Path) -> Volume:
    answer = json.loads((folder / "answer.json").read_text(encoding="utf-8"))
    if "error" in answer:
        raise _rebuilt_error(answer)
    voxels = np.load(folder / "voxels.npy", allow_pickle=False)
    voxels.setflags(write=False)
    plane = answer["acquisition_plane"]
    return Volume(
        voxels=voxels,
        source=SourceGrid.from_dict(answer["source"]),
        modality=answer["modality"],
        name=answer["name"],
        acquisition_plane=None if plane is None else Plane(plane),
        metadata=answer["metadata"],
    )


def _rebuilt_error(answer: dict[str, Any]) -> UserError:
    if answer["error"] == SeriesChoiceError.__name__:
        return SeriesChoiceError(answer["message"], [SeriesChoice(**choice) for choice in answer["choices"]])
    kind = getattr(errors, answer["error"], ImageFormatError)
    return kind(answer["message"])

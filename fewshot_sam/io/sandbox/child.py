"""The child process of :mod:`fewshot_sam.io.isolated`: read one volume, write it down, end.

Run as ``python -m fewshot_sam.io.child FOLDER`` with ``request.json`` in FOLDER.
"""

from __future__ import annotations

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from fewshot_sam.errors import ImageFormatError, SeriesChoiceError, UserError
from fewshot_sam.io.load import load_volume
from fewshot_sam.volume import Volume


def main(folder: Path) -> None:
    """Answer ``request.json`` with ``voxels.npy`` and ``answer.json``."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    _limit(request["memory_limit_mb"], request["timeout_s"])
    try:
        volume = load_volume(request["paths"], series_uid=request["series_uid"])
        np.save(folder / "voxels.npy", volume.voxels, allow_pickle=False)
        answer = _described(volume)
    except UserError as error:
        answer = _error(error)
    except (MemoryError, RecursionError):
        answer = _error(
            ImageFormatError(
                f"Reading the files needs more than the {request['memory_limit_mb']} MB of memory allowed. "
                "They may be damaged, or too large: open a smaller volume."
            )
        )
    (folder / "answer.json").write_text(json.dumps(answer), encoding="utf-8")


def _limit(memory_limit_mb: int, timeout_s: float) -> None:
    try:
        import resource  # POSIX only
    except ImportError:
        return
    memory = memory_limit_mb * 2**20
    limits = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_FSIZE: 2 * memory,
        resource.RLIMIT_CPU: int(timeout_s) + 1,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        hard = resource.getrlimit(kind)[1]
        allowed = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(kind, (allowed, hard))
        except (ValueError, OSError):  # macOS refuses RLIMIT_AS; the time limit still holds
            continue


def _described(volume: Volume) -> dict[str, Any]:
    return {
        "source": volume.source.to_dict(),
        "modality": volume.modality,
        "name": volume.name,
        "acquisition_plane": volume.acquisition_plane,
        "metadata": volume.metadata,
    }


def _error(error: UserError) -> dict[str, Any]:
    answer: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, SeriesChoiceError):
        answer["choices"] = [dataclasses.asdict(choice) for choice in error.choices]
    return answer


if __name__ == "__main__":
    main(Path(sys.argv[1]))

"""The reading child: it gives up rights, does one task, writes the answer and ends.

Run as ``python -P -m fewshot_sam.io.sandbox.child FOLDER`` with ``request.json`` in FOLDER, which
:mod:`fewshot_sam.io.sandbox.process` wrote. The readers are imported after the confinement, so
nothing that a hostile file could make them do happens before it.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from fewshot_sam.io.sandbox import protocol
from fewshot_sam.io.sandbox.confinement import confine, try_to_escape
from fewshot_sam.io.sandbox.limits import ChildLimits, end_with_parent, limit_this_process


def main(folder: Path) -> None:
    """Answer ``request.json`` with ``answer.json`` and, for an image, the voxels in a file beside it."""
    request: dict[str, Any] = json.loads((folder / protocol.REQUEST_FILE).read_text(encoding="utf-8"))
    end_with_parent(request["parent_pid"])
    limits = ChildLimits(request["timeout_s"], request["memory_mb"])
    limit_this_process(limits, request["file_bytes"])
    confinement = confine([Path(path) for path in request["paths"]], folder)
    try:
        answer = _answered(request, folder)
    except (MemoryError, RecursionError):
        answer = _error(
            f"Reading the files needs more than the {limits.memory_mb} MB of memory allowed. "
            "They may be damaged, or too large: open a smaller volume. "
            "A server's limit is FEWSHOT_SAM_READER_MEMORY_GB."
        )
    except OSError as error:  # of writing the answer; those of reading are told apart by the readers
        answer = _error(
            f"What the files hold cannot be stored: {error.strerror or error}. "
            "They may be too large, or the server's disk is full."
        )
    answer["confinement"] = {"landlock": confinement.landlock, "seccomp": confinement.seccomp}
    written = json.dumps(answer, default=lambda value: value.item())  # numbers of numpy
    (folder / protocol.ANSWER_FILE).write_text(written, encoding="utf-8")


def _answered(request: dict[str, Any], folder: Path) -> dict[str, Any]:
    if request["task"] == "probe":
        return {"probe": try_to_escape(Path(request["canary"]))}
    from fewshot_sam.io.sandbox.tasks import answer  # loads the readers

    return answer(request, folder)


def _error(message: str) -> dict[str, Any]:
    return {"error": "ImageFormatError", "message": message}


if __name__ == "__main__":
    main(Path(sys.argv[1]))

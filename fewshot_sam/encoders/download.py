"""Fetching a published checkpoint once, checked by its hash."""

from __future__ import annotations

import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from fewshot_sam.encoders.checkpoints import require_hash
from fewshot_sam.errors import ModelError
from fewshot_sam.progress import Progress, Stage, no_progress

_CHUNK = 1 << 20


def fetch_checkpoint(
    url: str, expected_hash: str, path: Path, progress: Progress = no_progress, timeout_s: float = 30.0
) -> Path:
    """Return ``path``, downloading it from ``url`` if it is not there; never leaves half a file.

    Args:
        expected_hash: "sha256:HEX", checked before the file gets its name.
        timeout_s: how long to wait for the server to say something.

    Raises:
        ModelError: if the server cannot be reached or sends other bytes.
    """
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent) as scratch:
        draft = Path(scratch) / path.name
        try:
            _download(url, draft, progress, timeout_s)
        except (urllib.error.URLError, OSError) as error:
            reason = getattr(error, "reason", error)
            raise ModelError(
                f"The checkpoint {path.name} could not be downloaded from {url} ({reason}). "
                f"Connect to the internet, or copy the file to {path}."
            ) from error
        require_hash(draft, expected_hash)
        draft.replace(path)
    return path


def _download(url: str, draft: Path, progress: Progress, timeout_s: float) -> None:
    with urllib.request.urlopen(url, timeout=timeout_s) as response, draft.open("wb") as file:
        total = int(response.headers.get("Content-Length") or 0)
        done = 0
        while chunk := response.read(_CHUNK):
            file.write(chunk)
            done += len(chunk)
            progress(Stage.DOWNLOAD, min(done / total, 1.0) if total else 0.0, done=done, total=total)

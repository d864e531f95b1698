"""Files of models in the blob store."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from storage.blobs import BlobStore

MODEL_KIND = "safetensors"


def put_model(blobs: BlobStore, save: Callable[[Path], None]) -> str:
    """Store the file that ``save`` writes to the path it is given; the blob's key."""
    with TemporaryDirectory(dir=blobs.root / "incoming") as folder:
        path = Path(folder) / f"model.{MODEL_KIND}"
        save(path)

        def copy(file: BinaryIO) -> None:
            with path.open("rb") as saved:
                shutil.copyfileobj(saved, file)

        return blobs.put(MODEL_KIND, copy)

"""The blob store as the server and the worker use it: damage is an error that names what was lost."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from backend.errors import DamagedDataError
from storage.arrays import COLOUR_KIND, HEADERS_KIND, MASK_KIND, VOXELS_KIND
from storage.blobs import BlobStore
from storage.errors import BlobError, MissingBlobError

T = TypeVar("T")

# By the ending of the blob's key: what it is, and what brings it back. The same voxels have the same key,
# so that importing a scan again gives them back to the volume that lost them.
_NAMES = {
    VOXELS_KIND: ("The stored voxels of this volume", "are"),
    COLOUR_KIND: ("The stored colours of these pictures", "are"),
    HEADERS_KIND: ("What is stored of this volume's DICOM files", "is"),
    MASK_KIND: ("The stored mask", "is"),
    "safetensors": ("The stored few-shot model", "is"),
}
REMEDIES = {
    VOXELS_KIND: "import the same scan again, which gives this volume its voxels back",
    COLOUR_KIND: "import the same pictures again, which gives them their colours back",
    HEADERS_KIND: "import the same files again, which gives this volume their headers back",
    MASK_KIND: "propagate again",
    "safetensors": "propagate again, which makes another",
}


MAX_LOST = 4
"""How often blobs are written that another deletion takes before their row is there."""


class ServedBlobs(BlobStore):
    """A blob store whose damage can be told to the person who asked."""

    def verified_path(self, key: str) -> Path:
        """As in BlobStore. Raises DamagedDataError where the blob is missing or damaged."""
        try:
            return super().verified_path(key)
        except BlobError as error:
            raise DamagedDataError(describe_damage(error)) from error


def describe_damage(error: BlobError) -> str:
    """What was lost and what to do, by the kind of the blob."""
    kind = error.key.partition(".")[2]
    what, verb = _NAMES.get(kind, ("A stored file", "is"))
    remedy = REMEDIES.get(kind, "make it again")
    state = "missing" if isinstance(error, MissingBlobError) else "damaged"
    return (
        f"{what} {verb} {state} on the server's disk. Restore the data folder from a backup, or {remedy}; "
        "`python -m fewshot_sam check` lists everything that is missing or damaged."
    )


class BlobGoneError(RuntimeError):
    """A blob was deleted, with the last other row that named it, before its new row was written."""


def stored_again(store: Callable[[], T]) -> T:
    """What ``store`` gives, which writes blobs and then rows; done again where another deletion took a blob.

    Raises:
        BlobGoneError: that happened MAX_LOST times.
    """
    for _ in range(MAX_LOST - 1):
        with suppress(BlobGoneError):
            return store()
    return store()


def require_blobs(blobs: BlobStore, keys: Iterable[str]) -> None:
    """:func:`require_blob` of several."""
    for key in keys:
        require_blob(blobs, key)


def require_blob(blobs: BlobStore, key: str) -> None:
    """Raise BlobGoneError when the blob went between its writing and this transaction."""
    if not blobs.exists(key):
        raise BlobGoneError(f"Blob {key} was deleted before its row was written.")

"""Which sentence a job ends with, and writes that are tried again."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import pytest
from safetensors import SafetensorError
from sqlalchemy.exc import OperationalError

from backend.jobs import failures
from fewshot_sam.errors import ModelError


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ModelError("Choose another."), "Choose another."),
        (OSError(errno.ENOSPC, "No space left on device"), failures.DISK_FULL),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), failures.DISK_FULL),
        (SafetensorError("I/O error: No space left on device (os error 28)"), failures.DISK_FULL),
        (MemoryError(), failures.OUT_OF_MEMORY),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 1"), failures.OUT_OF_MEMORY),
        (RuntimeError("CUDA out of memory."), failures.OUT_OF_MEMORY),
        (OperationalError("", {}, sqlite3.OperationalError("database is locked")), failures.DATABASE_BUSY),
        (OperationalError("", {}, sqlite3.OperationalError("database or disk is full")), failures.DISK_FULL),
        (
            OperationalError("", {}, sqlite3.OperationalError("database disk image is malformed")),
            failures.DATABASE_DAMAGED,
        ),
        (OSError(errno.EACCES, "Permission denied"), None),
        (ZeroDivisionError("secret"), None),
    ],
)
def test_known_causes_have_a_sentence(error: Exception, sentence: str | None) -> None:
    assert failures.sentence_for(error) == sentence


def test_what_cannot_be_written_is_raised_when_patience_ends(tmp_path: Path) -> None:
    attempts: list[int] = []

    def write() -> None:
        attempts.append(1)
        raise OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))

    with pytest.raises(OperationalError, match="database is locked"):
        failures.keep_trying(write, retry_s=0.01, patience_s=0.05)
    assert len(attempts) > 1

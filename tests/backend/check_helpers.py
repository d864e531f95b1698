"""``check`` run in this process on the data folder of the environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend import check
from backend.config import Config
from storage.blobs import BlobStore
from tests.backend.data_folders import blob_keys


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    """Its exit code and all that it writes."""
    code = check.main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.err
    return code, captured.out + captured.err


def blob(config: Config) -> Path:
    """The only blob of a filled data folder."""
    (key,) = blob_keys(config)
    return config.blobs_folder / key[:2] / key


def put_leftover(config: Config) -> str:
    """The key of a new blob that no row refers to."""
    return BlobStore(config.blobs_folder).put("npy", lambda file: file.write(b"leftover"))

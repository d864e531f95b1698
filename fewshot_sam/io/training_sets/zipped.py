"""Files of a training set in a zip, a piece at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from fewshot_sam.io.training_sets.base import SetFile
from fewshot_sam.io.zip_file import ZipStream


def zipped(files: Iterable[SetFile], archive: ZipStream, temporary_folder: Path) -> Iterator[bytes]:
    """Add the files; what comes next in the zip. Each lies in ``temporary_folder`` until it is added.

    An iterator that is not exhausted must be closed, which removes what it wrote.
    """
    temporary_folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        with TemporaryDirectory(prefix="training-set-", dir=temporary_folder) as folder:
            path = Path(folder) / PurePosixPath(file.name).name
            file.write(path)
            yield from archive.add_file(file.name, path)

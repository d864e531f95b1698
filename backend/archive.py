"""``python -m backend.archive``: what ``python -m fewshot_sam archive`` starts; see docs/cli.md.

Exit codes: 0, or 2 with one line for an error of the user's or of the archive.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from backend.archives.settings import VARIABLE, ArchiveSettings, archives_from
from backend.errors import InvalidRequestError
from backend.programs import run_program
from fewshot_sam.data.text import printable


def main(arguments: Sequence[str] | None = None) -> int:
    """List archives, search one, fetch from it or store in it."""
    parser = argparse.ArgumentParser(prog="fewshot_sam archive")
    parser.add_argument("action", choices=_ACTIONS)
    parser.add_argument("archive", nargs="?")
    parser.add_argument("things", nargs="*")
    for name in ("patient-id", "patient-name", "modality", "study"):
        parser.add_argument(f"--{name}", default="")
    for name in ("from", "to", "output"):
        parser.add_argument(f"--{name}", dest=f"{name}_")
    args = parser.parse_args(arguments)
    return run_program("archive", lambda: _ACTIONS[args.action](args))


def _list(_args: argparse.Namespace) -> int:
    for each in _named():
        _line(each.id, each.name, each.url, "takes masks" if each.store else "-")
    return 0


def _search(args: argparse.Namespace) -> int:
    from backend.archives.client import ArchiveClient, wanted_of

    _require(args, 0, "search ARCHIVE")
    client = ArchiveClient(_chosen(args.archive))
    if args.study:
        series, more = client.series(_uid(args.study))
        for one in series:
            _line(args.study, one.series_uid, one.modality, one.instances, one.date, one.description)
    else:
        days = (_day(args.from_), _day(args.to_))
        studies, more = client.studies(wanted_of(args.patient_id, args.patient_name, *days, args.modality))
        for each in studies:
            facts = (each.patient_id, each.patient_name, each.date, " ".join(each.modalities))
            _line(each.study_uid, *facts, each.instances, each.description)
    if more:
        sys.stderr.write("fewshot_sam archive: there are more of them; search for less\n")
    return 0


def _fetch(args: argparse.Namespace) -> int:
    from backend.archives.client import ArchiveClient

    _require(args, 2, "fetch ARCHIVE STUDY SERIES --output FOLDER")
    if not args.output_:
        raise InvalidRequestError("'fetch' must have --output FOLDER, into which the files are written.")
    chosen, folder = _chosen(args.archive), Path(args.output_)
    study, series = map(_uid, args.things)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidRequestError(f"--output must be a new or empty folder, got {folder}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidRequestError(f"{folder} cannot be made: {error.strerror}.") from None
    ArchiveClient(chosen).fetch(study, series, folder)
    sys.stdout.write(f"{sum(1 for _ in folder.iterdir())} files in {folder}\n")
    return 0


def _store(args: argparse.Namespace) -> int:
    from backend.archives.client import ArchiveClient

    chosen = _chosen(args.archive)
    if not args.things:
        raise InvalidRequestError("'store' must be like 'store ARCHIVE FILE', with one DICOM file or more.")
    if not chosen.store:
        raise InvalidRequestError(f"{chosen.name} takes nothing from here. Set store = true for it.")
    for path in map(Path, args.things):
        study = ArchiveClient(chosen).store_in_study(_content(path, chosen.max_bytes))
        sys.stdout.write(f"{printable(path.name)} is in study {study}\n")
    return 0


_ACTIONS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": _list,
    "search": _search,
    "fetch": _fetch,
    "store": _store,
}


def _named() -> tuple[ArchiveSettings, ...]:
    found = archives_from()
    if not found:
        raise InvalidRequestError(f"{VARIABLE} must name a file of archives; see docs/deploying.md.")
    return found


def _chosen(archive_id: str | None) -> ArchiveSettings:
    by_id = {each.id: each for each in _named()}
    if archive_id not in by_id:
        raise InvalidRequestError(f"The archive must be one of {', '.join(by_id)}, got {archive_id!r}.")
    return by_id[archive_id]


def _require(args: argparse.Namespace, count: int, form: str) -> None:
    if len(args.things) != count:
        raise InvalidRequestError(f"It must be like '{form}', got {len(args.things)} more words.")


def _uid(text: str) -> str:
    from backend.archives.found import is_uid

    if not is_uid(text):
        raise InvalidRequestError(f"A UID must be digits with dots between, got {text[:70]!r}.")
    return text


def _day(text: str | None) -> str | None:
    from datetime import date

    try:
        return text and date.fromisoformat(text).isoformat()
    except ValueError:
        raise InvalidRequestError(f"A day must be a date such as 2026-11-26, got {text!r}.") from None


def _content(path: Path, max_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(max_bytes + 1)
    except OSError as error:
        raise InvalidRequestError(f"{path} cannot be read: {error.strerror}.") from None
    if len(content) > max_bytes or content[128:132] != b"DICM":
        raise InvalidRequestError(f"{path} must be a DICOM file of at most {max_bytes / 1024**2:.4g} MB.")
    return content


def _line(*fields: object) -> None:
    sys.stdout.write("\t".join("-" if each in (None, "") else printable(str(each)) for each in fields) + "\n")


if __name__ == "__main__":
    sys.exit(main())

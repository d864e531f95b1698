"""What is missing, damaged or left over in a data folder, and the repair of what can be repaired.

Looking changes nothing and may run beside a server. Repairing needs the data folder's lock. It moves
files into the bin and out of it; rows are the matter of :mod:`backend.repair`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from backend.blobs import REMEDIES
from backend.config import Config
from storage.bin import BlobBin, today
from storage.blobs import BlobStore, is_key, require_intact, stored_files
from storage.errors import BlobError, UnreadableBlobError
from storage.inspection import named_blobs, one_line, reading

SETTLED_S = 600.0  # a running server names what it stored before that
MAX_DATABASE_FINDINGS = 20
Rows = dict[str, list[tuple[str, str]]]  # blob key to (table, row id)


@dataclass
class Finding:
    """One thing that is wrong.

    Attributes:
        kind: "missing", "damaged", "unreadable", "leftover", "interrupted", "database" or "identity".
        text: what it is and what to do, for people.
        key: of the blob, or the name of the file.
        repaired: it was wrong and is no longer.
    """

    kind: str
    text: str
    key: str = ""
    repaired: bool = False


def database_findings(config: Config) -> list[Finding]:
    """What SQLite's own checks find, broken pages and rows that refer to rows which are gone.

    Raises:
        DatabaseUnusableError: the database cannot be read.
    """
    with reading(config.database_url, config.start_wait_s) as connection:
        if connection.dialect.name != "sqlite":  # a database server checks itself
            return []
        return [Finding("database", text) for text in _database_texts(connection)]


def read_rows(config: Config) -> tuple[Rows, dict[str, str]]:
    """The blobs that rows name, and the volumes' names by id."""
    with reading(config.database_url, config.start_wait_s) as connection:
        names = {row[0]: row[1] for row in connection.execute(sa.text("SELECT id, name FROM volume"))}
        return named_blobs(connection), names


def blob_findings(config: Config, server_runs: bool) -> list[Finding]:
    """Blobs that are missing, damaged or without a row, and writes that were interrupted."""
    stored = stored_files(config.blobs_folder)
    rows, names = read_rows(config)  # after the files: a row is written after its blob
    ready = time.time() - SETTLED_S if server_runs else None
    findings = [
        Finding("missing", _lost_text(key, "is missing", rows[key], names), key)
        for key in sorted(rows.keys() - stored.keys())
        if is_key(key) and not _path(config, key).exists()
    ]
    for key, path in sorted(stored.items()):
        if damage := _damage(path, key, rows.get(key, []), names):
            findings.append(damage)
        elif key not in rows and _is_older(path, ready):
            findings.append(Finding("leftover", f"{key}: no row names this file.", key))
    findings.extend(
        Finding("interrupted", f"{path.name}: a write was interrupted.", path.name)
        for path in sorted(_incoming(config))
        if _is_older(path, ready)
    )
    return findings


def damaged_findings(config: Config) -> list[Finding]:
    """Only the blobs whose bytes are damaged, for where there is no database to compare with."""
    stored = sorted(stored_files(config.blobs_folder).items())
    return [damage for key, path in stored if (damage := _damage(path, key, [], {}))]


def repair(config: Config, findings: list[Finding]) -> None:
    """Repair what files can repair, and mark it. Only with the data folder's lock."""
    blobs = BlobStore(config.blobs_folder)
    blob_bin = BlobBin(config.bin_folder, blobs)
    rows, _ = read_rows(config)
    for finding in findings:
        if finding.kind == "damaged":
            blob_bin.take(finding.key, today(), damaged=True)
            finding.text += f" It was moved to {blob_bin.root}."
            finding.repaired = finding.key not in rows or blob_bin.put_back(finding.key)
        elif finding.kind == "missing":
            finding.repaired = blob_bin.put_back(finding.key)
        elif finding.kind == "leftover":
            blob_bin.take(finding.key, today())
            finding.repaired = True
    if any(finding.kind == "interrupted" for finding in findings):
        blobs.clear_incoming()
        for finding in findings:
            finding.repaired = finding.repaired or finding.kind == "interrupted"


def _database_texts(connection: sa.Connection) -> Iterator[str]:
    remedy = (
        "Restore a backup of the database, or save what can be read with "
        "`sqlite3 DATABASE .recover`; see docs/deploying.md, section 'When something was lost'."
    )
    for (text,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MAX_DATABASE_FINDINGS})"):
        if text != "ok":
            yield f"The database is damaged: {one_line(str(text))}. {remedy}"
    broken: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in connection.exec_driver_sql("PRAGMA foreign_key_check"):
        broken[table, parent] = broken.get((table, parent), 0) + 1
    for (table, parent), count in broken.items():
        yield f"{count} row(s) of {table} in the database refer to a row of {parent} that is gone. {remedy}"


def _lost_text(key: str, state: str, rows: list[tuple[str, str]], names: dict[str, str]) -> str:
    """What was lost with a blob, and what brings it back."""
    if not rows:
        return f"{key} {state}, and no row names it."
    users = ", ".join(
        f"volume '{printable(names.get(row_id, ''))}' ({row_id})"
        if table == "volume"
        else f"{table} {row_id}"
        for table, row_id in rows
    )
    safe = " What was painted on it is safe in the database." if rows[0][0] == "volume" else ""
    remedy = REMEDIES.get(key.partition(".")[2], "make it again")
    return f"{key} of {users} {state}.{safe} Restore it from a backup of the data folder, or {remedy}."


def printable(name: str) -> str:
    """A name that an uploaded file may have chosen, without what a terminal would obey."""
    return "".join(character if character.isprintable() else "?" for character in name)


def _path(config: Config, key: str) -> Path:
    return config.blobs_folder / key[:2] / key


def _incoming(config: Config) -> Iterator[Path]:
    folder = config.blobs_folder / "incoming"
    return folder.iterdir() if folder.is_dir() else iter(())


def _damage(path: Path, key: str, rows: list[tuple[str, str]], names: dict[str, str]) -> Finding | None:
    """What is wrong with the file of a blob; None if nothing is."""
    try:
        require_intact(path, key)
    except UnreadableBlobError as error:  # it may be intact, so that no repair moves it
        return Finding("unreadable", f"{error} Give the user who runs the server the right to read it.", key)
    except BlobError:
        if path.exists():  # else a running server deleted it meanwhile: nothing to tell
            return Finding("damaged", _lost_text(key, "is damaged", rows, names), key)
    return None


def _is_older(path: Path, ready: float | None) -> bool:
    """Whether the file was there before ``ready`` (seconds since 1970); None takes every file."""
    if ready is None:
        return True
    try:
        return path.stat().st_mtime < ready
    except FileNotFoundError:
        return False

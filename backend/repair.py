"""Taking out of the database what is lost: masks, their confidence, models and references.

They can be made again from what was painted, and while their rows stay the app fails wherever it shows
them. Scans and painted slices are never touched: voxels come back when the same scan is imported again.
The database is copied into the bin first, where it stays for 30 days as everything does there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from backend.config import Config
from backend.integrity import Finding, read_rows
from storage.backup import copy_database
from storage.bin import BlobBin, today
from storage.blobs import BlobStore
from storage.database import Database, sqlite_file
from storage.inspection import existing_blob_columns

# By the column that named the lost file: what is done with the row, and what it means for people.
_STATEMENTS = {
    ("mask", "blob"): "DELETE FROM mask WHERE blob = :key",
    ("mask", "confidence_blob"): "UPDATE mask SET confidence_blob = NULL WHERE confidence_blob = :key",
    ("model", "blob"): "DELETE FROM model WHERE blob = :key",
    ("reference", "blob"): "DELETE FROM reference WHERE blob = :key",
}
_SENTENCES = {
    (
        "mask",
        "blob",
    ): "The mask was taken out of the database, so that the volume opens with the mask before it "
    "or without one",
    ("mask", "confidence_blob"): "The mask stays, without its confidence",
    ("model", "blob"): "The few-shot model was taken out of the database, so that the next run makes another",
    ("reference", "blob"): "The reference was taken out of the database; import it again",
}


def drop_lost_results(config: Config, findings: list[Finding]) -> Path | None:
    """Drop the rows of lost results, and say so in their findings. Only with the data folder's lock.

    Args:
        findings: after the repair of files; of those that it repaired nothing is lost.

    Returns:
        Where the database was copied to before; None if no row was touched.
    """
    rows, _ = read_rows(config)
    lost = [finding for finding in findings if _is_lost_result(finding, rows)]
    if not lost:
        return None
    copy = _copy_aside(config)
    kept = f"; the database as it was before is {copy}" if copy is not None else ""
    database = Database(config.database_url)
    try:
        with database.write() as session:
            for finding in lost:
                done = _drop(session.connection(), finding.key)
                finding.text += f" {'. '.join(done)}{kept}."
                finding.repaired = True
    finally:
        database.close()
    _put_away(config, set(rows))
    return copy


def _drop(connection: sa.Connection, key: str) -> list[str]:
    """Drop the rows that name a blob. Returns a sentence for each kind of row."""
    return [
        _SENTENCES[column]
        for column in existing_blob_columns(connection)
        if column in _STATEMENTS and connection.execute(sa.text(_STATEMENTS[column]), {"key": key}).rowcount
    ]


def _put_away(config: Config, named_before: set[str]) -> None:
    """Move into the bin what was named by the dropped rows alone, such as a lost mask's confidence."""
    named, _ = read_rows(config)
    blobs = BlobStore(config.blobs_folder)
    blob_bin = BlobBin(config.bin_folder, blobs)
    for key in sorted((named_before - named.keys()) & set(blobs.keys())):
        blob_bin.take(key, today())


def _is_lost_result(finding: Finding, rows: dict[str, list[tuple[str, str]]]) -> bool:
    """Whether only masks, models and references name the file. One that cannot be read may be whole."""
    named_by = {table for table, _ in rows.get(finding.key, [])}
    return (
        finding.kind in ("missing", "damaged")
        and not finding.repaired
        and bool(named_by)
        and (named_by <= {table for table, _ in _STATEMENTS})
    )


def _copy_aside(config: Config) -> Path | None:
    """A copy of the database in the bin; of one on a server its own backup has to do."""
    if sqlite_file(config.database_url) is None:
        return None
    day = config.bin_folder / today().isoformat()
    day.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = day / f"before-repair-{datetime.now(UTC):%H%M%S%f}.sqlite3"
    copy_database(config.database_url, config.start_wait_s, target)
    return target

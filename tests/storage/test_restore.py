"""Archives from outside: what is not exactly a whole backup is refused, and nothing is written elsewhere."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.backup import BackupSource, write_backup
from storage.backup_format import FORMAT
from storage.blobs import BlobStore
from storage.database import Database, sqlite_url
from storage.errors import BackupError
from storage.models import ModelRow, ProjectRow
from storage.restore import unpack_backup

Entries = dict[str, bytes]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A backup of one project with one model."""
    database = Database(sqlite_url(tmp_path / "source.sqlite3"), may_create=True)
    database.migrate()
    blobs = BlobStore(tmp_path / "blobs")
    key = blobs.put("safetensors", lambda file: file.write(b"weights" * 1000))
    with database.write() as session:
        session.add(ProjectRow(id="p", owner="o", name="n"))
        session.flush()
        session.add(ModelRow(project_id="p", plane="axial", encoder="e", labels=[], blob=key))
    database.close()
    source = BackupSource(sqlite_url(tmp_path / "source.sqlite3"), blobs.root, tmp_path / "none", "1", 1.0)
    write_backup(source, tmp_path / "whole.zip")
    return tmp_path / "whole.zip"


def unpacked(archive: Path) -> Path:
    folder = archive.parent / "unpacked"
    folder.mkdir()
    unpack_backup(archive, folder)
    return folder


def rewritten(archive: Path, change: Callable[[Entries], None]) -> Path:
    """A copy of the archive with other entries, the manifest as the change leaves it."""
    with zipfile.ZipFile(archive) as whole:
        entries = {name: whole.read(name) for name in whole.namelist()}
    change(entries)
    path = archive.parent / "changed.zip"
    with zipfile.ZipFile(path, "w") as changed:
        for name, content in entries.items():
            changed.writestr(name, content)
    return path


def listed(entries: Entries) -> None:
    """Make the manifest name what the archive holds."""
    held = json.loads(entries["manifest.json"])
    held["files"] = [
        {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in entries.items()
        if name != "manifest.json"
    ]
    entries["manifest.json"] = json.dumps(held).encode()


def test_a_whole_backup_is_unpacked(archive: Path) -> None:
    folder = unpacked(archive)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert [name.split("/")[0] for name in files] == ["blobs", "fewshot-sam.sqlite3"]


@pytest.mark.parametrize(
    "name",
    ["../escaped", "/tmp/escaped", "blobs/../../escaped", "blobs/aa/../../../escaped", "C:\\escaped",
     "..\\escaped", "blobs/ab/x.npy", "server.lock", "fewshot-sam.sqlite3-wal", "logs/x", "blobs/",
     "blobs/aa/" + "b" * 64 + ".npy", "checkpoints/evil.pth"],
)  # fmt: skip
@pytest.mark.parametrize("is_listed", [False, True])
def test_entries_that_no_backup_holds_are_refused(archive: Path, name: str, is_listed: bool) -> None:
    def add(entries: Entries) -> None:
        entries[name] = b"x"
        if is_listed:
            listed(entries)

    before = {path for path in archive.parent.parent.rglob("*") if path.name == "escaped"}
    with pytest.raises(BackupError, match="not a whole backup"):
        unpacked(rewritten(archive, add))
    assert list((archive.parent / "unpacked").rglob("*")) == []
    assert {path for path in archive.parent.parent.rglob("*") if path.name == "escaped"} == before


def flip(entries: Entries) -> None:
    name = next(name for name in entries if name.startswith("blobs/"))
    entries[name] = b"w" + entries[name][:-1]


def drop_blob(entries: Entries) -> None:
    del entries[next(name for name in entries if name.startswith("blobs/"))]


def drop_blob_and_its_line(entries: Entries) -> None:
    drop_blob(entries)
    listed(entries)


def drop_database(entries: Entries) -> None:
    del entries["fewshot-sam.sqlite3"]
    listed(entries)


def break_database(entries: Entries) -> None:
    content = entries["fewshot-sam.sqlite3"]
    entries["fewshot-sam.sqlite3"] = content[:8192] + b"\xa5" * 4096 + content[12288:]
    listed(entries)


def no_database(entries: Entries) -> None:
    entries["fewshot-sam.sqlite3"] = b"not a database" * 1000
    listed(entries)


def drop_manifest(entries: Entries) -> None:
    del entries["manifest.json"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (flip, "is not what was backed up"),
        (drop_blob, "does not hold the files"),
        (drop_blob_and_its_line, "names 1 files that it does not hold"),
        (drop_database, "names no database"),
        (break_database, "its database"),
        (no_database, "its database"),
        (drop_manifest, "has no manifest"),
    ],
)
def test_damage_is_told(archive: Path, change: Callable[[Entries], None], said: str) -> None:
    with pytest.raises(BackupError, match=said):
        unpacked(rewritten(archive, change))


@pytest.mark.parametrize("statement", [
    "CREATE TRIGGER t AFTER UPDATE ON project BEGIN DELETE FROM annotation; END",
    "CREATE VIEW v AS SELECT * FROM project",
    "CREATE VIRTUAL TABLE f USING fts5(x)",
])  # fmt: skip
def test_a_database_that_does_things_by_itself_is_refused(
    archive: Path, tmp_path: Path, statement: str
) -> None:
    def add(entries: Entries) -> None:
        path = tmp_path / "changed.sqlite3"
        path.write_bytes(entries["fewshot-sam.sqlite3"])
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute(statement)
        connection.commit()
        connection.close()
        entries["fewshot-sam.sqlite3"] = path.read_bytes()
        listed(entries)

    with pytest.raises(BackupError, match="holds what no database of this program has"):
        unpacked(rewritten(archive, add))


@pytest.mark.parametrize(
    "manifest",
    [b"", b"null", b"[]", b"{}", b"[" * 100_000, b"\xff\xfe", b'{"format": 1, "files": [1]}',
     b'{"format": 1, "files": [{"name": "x", "size": -1, "sha256": ""}]}', b'{"format": true, "files": []}',
     b'{"format": 1, "files": 1e400}', b'{"format": "1"}', b"9" * 10_000],
)  # fmt: skip
def test_a_manifest_that_is_none_is_told(archive: Path, manifest: bytes) -> None:
    with pytest.raises(BackupError, match="its manifest cannot be read"):
        unpacked(rewritten(archive, lambda entries: entries.update({"manifest.json": manifest})))


def test_newer_backups_and_databases_are_told_as_such(archive: Path, tmp_path: Path) -> None:
    def newer_format(entries: Entries) -> None:
        held: dict[str, Any] = json.loads(entries["manifest.json"])
        entries["manifest.json"] = json.dumps({**held, "format": FORMAT + 1}).encode()

    with pytest.raises(BackupError, match="made by a newer version of this program"):
        unpacked(rewritten(archive, newer_format))
    (archive.parent / "unpacked").rmdir()

    def newer_schema(entries: Entries) -> None:
        path = tmp_path / "changed.sqlite3"
        path.write_bytes(entries["fewshot-sam.sqlite3"])
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("UPDATE alembic_version SET version_num = '0999'")
        connection.commit()
        connection.close()
        entries["fewshot-sam.sqlite3"] = path.read_bytes()
        listed(entries)

    with pytest.raises(BackupError, match=r"newer version of this program \(schema 0999\)"):
        unpacked(rewritten(archive, newer_schema))


def test_a_bomb_is_ended_at_the_stated_size(archive: Path) -> None:
    """An entry that states less than it inflates to: the size in the archive's directory is patched."""
    path = archive.parent / "bomb.zip"
    with zipfile.ZipFile(archive) as whole, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name in whole.namelist():
            content = whole.read(name)
            bomb.writestr(name, content + bytes(50 * 2**20) if name.startswith("blobs/") else content)
    size = (50 * 2**20 + 7000).to_bytes(4, "little")
    data = path.read_bytes()
    assert size in data
    path.write_bytes(data.replace(size, (7000).to_bytes(4, "little")))
    with pytest.raises(BackupError, match="not a whole backup"):
        unpacked(path)
    left = [file for file in (archive.parent / "unpacked").rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in left) < 2**20


@pytest.mark.parametrize("kept", [0, 100, 0.5, 0.99])
def test_an_archive_that_was_cut_off_is_told(archive: Path, kept: float) -> None:
    data = archive.read_bytes()
    path = archive.parent / "cut.zip"
    path.write_bytes(data[: int(kept if kept >= 1 else kept * len(data))])
    with pytest.raises(BackupError, match="not a whole backup"):
        unpacked(path)


def test_flipped_bits_anywhere_change_nothing_or_are_told(archive: Path) -> None:
    data = archive.read_bytes()
    path = archive.parent / "flipped.zip"
    for number, place in enumerate(range(0, len(data), max(1, len(data) // 60))):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
        folder = archive.parent / f"unpacked-{number}"
        folder.mkdir()
        try:
            unpack_backup(path, folder)
        except BackupError:
            continue
        held = [BlobStore(folder / "blobs").keys(), (folder / "fewshot-sam.sqlite3").read_bytes()[:15]]
        assert held == [held[0], b"SQLite format 3"]

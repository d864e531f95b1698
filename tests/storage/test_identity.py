"""Which data folder and which database belong together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from storage import identity as module
from storage.database import Database, sqlite_url
from storage.errors import IdentityError
from storage.identity import FolderFacts, raise_generation, read_identity, require_match, write_identity
from storage.inspection import DatabaseFacts, Identity, inspect_database

HERE, THERE = "a" * 32, "b" * 32
BLOBS = [f"{digit}" * 64 + ".npy" for digit in range(10)]
BLOB, OTHER_BLOB, DEMO = BLOBS[:3]


def folder(identity: Identity | None = None, *blobs: str, file: bool | None = None) -> FolderFacts:
    has_file = identity is not None if file is None else file
    return FolderFacts(Path("/home"), has_file, identity, frozenset(blobs))


def database(identity: Identity | None = None, *named: str, empty: bool = False) -> DatabaseFacts:
    return DatabaseFacts("/db", True, empty, identity, frozenset(named))


NONE = DatabaseFacts("/db", exists=False, is_empty=True)


@pytest.mark.parametrize(
    ("folder", "database"),
    [
        pytest.param(folder(), NONE, id="new"),
        pytest.param(folder(), database(empty=True), id="new, an empty database is there"),
        pytest.param(folder(Identity(HERE, 3)), database(Identity(HERE, 3)), id="as it was left"),
        pytest.param(folder(Identity(HERE, 3), BLOB), database(Identity(HERE, 4)), id="interrupted between"),
        pytest.param(folder(Identity(HERE, 3), BLOB), database(Identity(HERE, 6)), id="interrupted thrice"),
        pytest.param(folder(None, BLOB), database(None, BLOB, OTHER_BLOB), id="earlier version"),
        pytest.param(folder(), database(None), id="earlier version, nothing stored"),
        pytest.param(folder(), database(None, BLOB), id="earlier version, all files lost"),
        pytest.param(folder(), database(Identity(HERE, 1)), id="first start interrupted"),
        pytest.param(
            folder(None, BLOB), database(Identity(HERE, 1), BLOB), id="first start on it interrupted"
        ),
        pytest.param(folder(None, BLOB, file=True), database(Identity(HERE, 5), BLOB), id="file damaged"),
        pytest.param(
            folder(None, *BLOBS[:7]), database(None, *BLOBS[:4]), id="earlier version, killed while it stored"
        ),
        pytest.param(folder(None, BLOB), database(None, *BLOBS), id="earlier version, most files lost"),
    ],
)
def test_they_belong_together(folder: FolderFacts, database: DatabaseFacts) -> None:
    require_match(folder, database)


@pytest.mark.parametrize(
    ("folder", "database", "match"),
    [
        pytest.param(
            folder(None, BLOB), NONE, "holds 1 stored files, but .* missing", id="earlier, no database"
        ),
        pytest.param(folder(None, BLOB), database(empty=True), "is empty", id="earlier, empty database"),
        pytest.param(
            folder(Identity(HERE, 1)), NONE, "the identity of a database, but .* missing", id="no database"
        ),
        pytest.param(folder(Identity(HERE, 1), BLOB), database(empty=True), "is empty", id="empty database"),
        pytest.param(folder(None, file=True), NONE, "is missing", id="no database, damaged file"),
        pytest.param(folder(Identity(HERE, 1)), database(Identity(THERE, 1)), "another data", id="another"),
        pytest.param(
            folder(Identity(HERE, 1)), database(Identity(THERE, 9)), "another data", id="newer other"
        ),
        pytest.param(folder(Identity(HERE, 5)), database(Identity(HERE, 4)), "is older", id="a backup"),
        pytest.param(
            folder(Identity(HERE, 5)), database(None, BLOB), "is older", id="backup of earlier version"
        ),
        pytest.param(folder(None, file=True), database(None, BLOB), "is older", id="such, damaged file"),
        pytest.param(folder(None, BLOB), database(None), "another data", id="earlier, nothing is named"),
        pytest.param(
            folder(None, DEMO, BLOB),
            database(None, DEMO),
            "does not name 1 of the 2",
            id="only the demo is shared",
        ),
        pytest.param(
            folder(None, DEMO, BLOB),
            database(Identity(HERE, 1), DEMO, OTHER_BLOB),
            "does not name 1 of the 2",
            id="file lost, only the demo is shared",
        ),
        pytest.param(
            folder(None, *BLOBS),
            database(None, *BLOBS[:6]),
            "does not name 4 of the 10",
            id="earlier, a backup",
        ),
        pytest.param(
            folder(None, BLOB), database(None, OTHER_BLOB), "another data", id="earlier, others named"
        ),
        pytest.param(
            folder(None, BLOB), database(Identity(HERE, 1), OTHER_BLOB), "another data", id="file lost"
        ),
        pytest.param(folder(), database(Identity(HERE, 1), BLOB), "another data", id="folder changed"),
    ],
)
def test_they_do_not_and_the_sentence_says_what_to_do(
    folder: FolderFacts, database: DatabaseFacts, match: str
) -> None:
    with pytest.raises(IdentityError, match=match) as caught:
        require_match(folder, database)
    assert "Nothing was changed" in str(caught.value)
    assert "--adopt-database" in str(caught.value)


@pytest.fixture
def new_database(tmp_path: Path) -> Database:
    database = Database(sqlite_url(tmp_path / "d.sqlite3"))
    database.migrate()
    return database


def test_both_carry_the_same_identity_which_is_raised(new_database: Database, tmp_path: Path) -> None:
    file = tmp_path / "data-folder.json"
    first = raise_generation(new_database, file)
    second = raise_generation(new_database, file)
    assert (first.generation, second) == (1, Identity(first.folder_id, 2))
    assert read_identity(file) == second
    assert inspect_database(new_database.url, 1).identity == second
    new_database.close()


@pytest.mark.parametrize("earlier_starts", [0, 1, 3])
def test_an_interruption_at_any_step_leaves_two_that_belong_together(
    new_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, earlier_starts: int
) -> None:
    file = tmp_path / "data-folder.json"
    for _ in range(earlier_starts):
        raise_generation(new_database, file)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    for step in ("write_identity", "sync_folder"):
        with monkeypatch.context() as patch:
            patch.setattr(module, step, interrupted)
            with pytest.raises(KeyboardInterrupt):
                raise_generation(new_database, file)
        facts = FolderFacts(tmp_path, file.exists(), read_identity(file), frozenset())
        require_match(facts, inspect_database(new_database.url, 1))
    assert raise_generation(new_database, file) == read_identity(file)
    new_database.close()


def test_adopting_takes_the_folders_id_and_the_higher_generation(
    new_database: Database, tmp_path: Path
) -> None:
    file = tmp_path / "data-folder.json"
    raise_generation(new_database, file)
    write_identity(file, Identity(THERE, 40))
    assert raise_generation(new_database, file) == Identity(THERE, 41)
    new_database.close()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"format": 1}',
        b'{"format": "1", "folder_id": "a", "generation": 1}',
        b'{"format": 1, "folder_id": 5, "generation": 1}',
        b'{"format": 1, "folder_id": "a", "generation": true}',
        b'{"format": 1, "folder_id": "", "generation": 1}',
        b'{"format": 1, "folder_id": "a", "generation": -1}',
        b'{"format": 1, "folder_id": "a", "generation": 1' + b"0" * 5000,
        b"[" * 4000,
    ],
)
def test_a_damaged_identity_file_says_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "f").write_bytes(content)
    assert read_identity(tmp_path / "f") is None


def test_an_identity_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "f").write_text(json.dumps({"format": 2, "folder_id": "a", "generation": 1}))
    with pytest.raises(IdentityError, match="newer version of this program"):
        read_identity(tmp_path / "f")


def test_what_waits_in_the_bin_needs_no_row() -> None:
    known = FolderFacts(Path("/home"), False, None, frozenset(BLOBS), only_in_bin=frozenset(BLOBS[1:]))
    require_match(known, database(None, BLOB))

"""Whether a data folder and a database belong together; examined before either is changed.

Both carry the folder's id and a generation: the folder in a small JSON file, the database in a table
of one row. The generation is raised at each start, at each clean end and now and then in between, in
the database first and then in the file. So it is at least as high in the database, whatever was
interrupted when; a database behind its folder is a restored backup. Data folders of earlier versions
have neither file nor row: they belong together when the database names nearly all files of the folder.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from storage.blobs import sync_folder
from storage.database import Database
from storage.errors import IdentityError
from storage.inspection import DatabaseFacts, Identity
from storage.models import FolderIdentityRow, new_id

FORMAT = 1
MAX_FILE_BYTES = 4096
MAX_GENERATION = 2**53
MAX_INTERRUPTED = 3  # files that one run stores before its rows: a mask, its confidence, a model


@dataclass(frozen=True)
class FolderFacts:
    """What a data folder holds.

    Attributes:
        home: the folder.
        has_identity_file: whether there is an identity file, readable or not.
        identity: its content; None if it cannot be read.
        blobs: keys of all blobs, those in the bin too.
        only_in_bin: those of them that are in the bin and nowhere else.
    """

    home: Path
    has_identity_file: bool
    identity: Identity | None
    blobs: frozenset[str]
    only_in_bin: frozenset[str] = frozenset()


def require_match(folder: FolderFacts, database: DatabaseFacts) -> None:
    """Raise IdentityError unless the folder and the database belong together, or both are new."""
    if database.is_empty:
        if folder.has_identity_file or folder.blobs:
            raise IdentityError(_lost_database(folder, database))
    elif folder.identity is not None:
        _require_same(folder, folder.identity, database)
    elif folder.has_identity_file and database.identity is None:
        raise IdentityError(_older_database(folder, database))
    else:
        _require_names(folder, database)


def _require_same(folder: FolderFacts, identity: Identity, database: DatabaseFacts) -> None:
    if database.identity is None:  # as it was before this folder had an identity
        raise IdentityError(_older_database(folder, database))
    if database.identity.folder_id != identity.folder_id:
        raise IdentityError(_another_database(folder, database))
    if database.identity.generation < identity.generation:
        raise IdentityError(_older_database(folder, database))


def _require_names(folder: FolderFacts, database: DatabaseFacts) -> None:
    """Rows and files must tell that the two belong together where the folder has no identity.

    One file in common is not enough: all folders hold the demo's voxels, and one scan may be in several.
    """
    if not folder.blobs:
        # A data folder of an earlier version that lost all files, or one where nothing was stored.
        if database.identity is not None and database.named_blobs:
            raise IdentityError(_another_database(folder, database))
        return
    common = database.named_blobs & folder.blobs
    if not common:
        raise IdentityError(_another_database(folder, database))
    unnamed = folder.blobs - folder.only_in_bin - database.named_blobs
    if unnamed and (len(unnamed) > MAX_INTERRUPTED or len(unnamed) >= len(common)):
        raise IdentityError(_unnamed_files(folder, database, len(unnamed)))


def raise_generation(database: Database, identity_file: Path) -> Identity:
    """Raise the generation, in the database and then in the file; both have one identity afterwards.

    Makes an identity where there is none. Only after :func:`require_match`, or when the person who
    runs the server asked to use the two together.
    """
    known = read_identity(identity_file)
    with database.write() as session:
        row = session.get(FolderIdentityRow, 1)
        if row is None:
            row = FolderIdentityRow(id=1, folder_id=new_id(), generation=0)
            session.add(row)
        if known is not None:
            row.folder_id = known.folder_id
            row.generation = max(row.generation, known.generation)
        row.generation += 1
        identity = Identity(row.folder_id, row.generation)
    write_identity(identity_file, identity)
    return identity


def read_identity(path: Path) -> Identity | None:
    """The content of the identity file; None if there is none or it cannot be understood.

    Raises:
        IdentityError: it was written by a newer version.
    """
    try:
        with path.open("rb") as file:
            content = json.loads(file.read(MAX_FILE_BYTES))
        written_in, folder_id, generation = content["format"], content["folder_id"], content["generation"]
    except (FileNotFoundError, IsADirectoryError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if type(written_in) is not int or type(folder_id) is not str or type(generation) is not int:
        return None
    if written_in > FORMAT:
        raise IdentityError(
            f"The data folder {path.parent} was made by a newer version of this program. "
            "Nothing was changed. Start that version, or set FEWSHOT_SAM_HOME to another folder."
        )
    if not (0 < len(folder_id) <= 32 and 0 <= generation <= MAX_GENERATION):
        return None
    return Identity(folder_id, generation)


def write_identity(path: Path, identity: Identity) -> None:
    """Replace the identity file: others see the earlier one or the new one, whole."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        json.dump({"format": FORMAT, **asdict(identity)}, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def _lost_database(folder: FolderFacts, database: DatabaseFacts) -> str:
    state = "is empty" if database.exists else "is missing"
    held = f"{len(folder.blobs)} stored files" if folder.blobs else "the identity of a database"
    return (
        f"The data folder {folder.home} holds {held}, but the database {database.where} {state}. "
        "Nothing was changed. Put the database back, or set DATABASE_URL back to it. If it is lost for good, "
        "start once with --adopt-database: a new database is made, and the stored files move to "
        f"{folder.home / 'bin'} for 30 days."
    )


def _another_database(folder: FolderFacts, database: DatabaseFacts) -> str:
    return (
        f"The database {database.where} belongs to another data folder than {folder.home}. "
        "Nothing was changed. Set DATABASE_URL or FEWSHOT_SAM_HOME back to what they were. To use the two "
        "together from now on, start once with --adopt-database: stored files that the database does not "
        f"name move to {folder.home / 'bin'} for 30 days."
    )


def _unnamed_files(folder: FolderFacts, database: DatabaseFacts, unnamed: int) -> str:
    return (
        f"The database {database.where} does not name {unnamed} of the {len(folder.blobs)} files that the "
        f"data folder {folder.home} holds, so it is older than the folder or belongs to another data folder. "
        "Nothing was changed. Set DATABASE_URL or FEWSHOT_SAM_HOME back to what they were, or put the newer "
        "database back. To use the two together from now on, start once with --adopt-database: stored files "
        f"that the database does not name move to {folder.home / 'bin'} for 30 days."
    )


def _older_database(folder: FolderFacts, database: DatabaseFacts) -> str:
    return (
        f"The database {database.where} is older than the data folder {folder.home}, "
        "as a restored backup is. Nothing was changed. Put the newer database back. "
        "If it is lost for good, start once with --adopt-database: stored files that the older database "
        f"does not name move to {folder.home / 'bin'} for 30 days."
    )

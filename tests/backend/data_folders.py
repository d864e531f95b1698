"""Data folders as servers leave them, of this version and of earlier ones, and what is in them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from alembic import command

from backend.asker import Asker
from backend.config import Config
from backend.services import Services
from backend.start import start_services
from storage.database import Database, alembic_config
from tests.backend.tiny import axial_bytes, tiny_volume

OWNER = Asker("local")


def listing(folder: Path) -> dict[str, str]:
    """The hash of every file and the name of every folder; SQLite's shared memory is no data."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith("-shm")
    }


def started(config: Config, action: Callable[[Services], None] = lambda _: None) -> None:
    """One start of the server, an action, and a clean end."""
    services, lock = start_services(config)
    try:
        action(services)
    finally:
        services.end()
        lock.release()


def fill(services: Services) -> None:
    """A project with a label, a volume and a painted slice."""
    project = services.projects.create(OWNER, "Livers").id
    services.labels.create(OWNER, project, "liver")
    volume = services.volumes.add(OWNER, project, tiny_volume(), "tiny.nii").id
    services.annotations.save(
        OWNER, volume, plane="axial", slice_index=1, state="painted", data=axial_bytes(1), base_version=0
    )


def as_earlier_version(config: Config) -> None:
    """Make the data folder one of commit 43200cd: schema 0003, no identity, no bin."""
    database = Database(config.database_url)
    with database.engine.execution_options(fewshot_sam_write=True).begin() as connection:
        command.downgrade(alembic_config(connection), "0003")
    database.close()
    config.identity_file.unlink()


def blob_keys(config: Config) -> set[str]:
    """Blobs that are stored, not those in the bin."""
    return {path.name for path in config.blobs_folder.glob("??/*")}


def painted(services: Services) -> list[bytes]:
    """The bytes of slice 1 of every volume."""
    return [
        services.annotations.get(OWNER, volume.id, "axial", 1)[1]
        for project in services.projects.list_all(OWNER)
        for volume in services.projects.get(OWNER, project.id).volumes
    ]


def database_file(config: Config) -> Path:
    """The SQLite file of a data folder with default settings."""
    return config.home / "fewshot-sam.sqlite3"


def assert_whole(config: Config) -> None:
    """It starts, and the scan and what was painted on it are there."""

    def look(services: Services) -> None:
        assert painted(services) == [axial_bytes(1)]
        (project,) = services.projects.list_all(OWNER)
        (volume,) = services.projects.get(OWNER, project.id).volumes
        assert services.volumes.open(OWNER, volume.id).voxels.tolist() == tiny_volume().voxels.tolist()

    started(config, look)

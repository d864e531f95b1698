"""What the HTTP routes and the page call: one object per noun, gathered in :class:`Services`."""

from __future__ import annotations

from dataclasses import dataclass

from backend.config import Config
from backend.jobs.signal import JobSignal
from backend.services.annotations import Annotations
from backend.services.demo import Demo
from backend.services.exports import Exports
from backend.services.housekeeping import Housekeeping, expire_uploads
from backend.services.labels import Labels
from backend.services.masks import Masks
from backend.services.projects import Projects
from backend.services.readers import Readers
from backend.services.runs import Runs
from backend.services.system import System
from backend.services.volumes import Volumes
from fewshot_sam.cache import EmbeddingCache
from fewshot_sam.version import __version__
from storage.blobs import BlobStore
from storage.database import Database


@dataclass(frozen=True)
class Services:
    """Everything a server needs; made by :func:`build_services`, ended by :meth:`close`."""

    config: Config
    database: Database
    blobs: BlobStore
    jobs: JobSignal
    annotations: Annotations
    demo: Demo
    exports: Exports
    labels: Labels
    masks: Masks
    projects: Projects
    readers: Readers
    runs: Runs
    system: System
    volumes: Volumes

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self.database.close()


def build_services(config: Config) -> Services:
    """Services on the data folder of ``config``: made if missing, its database migrated."""
    config.uploads_folder.mkdir(parents=True, exist_ok=True)
    database = Database(config.database_url)
    database.migrate()
    blobs = BlobStore(config.home / "blobs")
    housekeeping = Housekeeping(database, blobs, EmbeddingCache(config.cache_folder), config.mesh_folder)
    housekeeping.delete_leftovers()
    expire_uploads(database, config.uploads_folder)
    jobs = JobSignal()
    readers = Readers.for_config(config)
    masks = Masks(database, blobs, config.mesh_folder)
    return Services(
        config=config,
        database=database,
        blobs=blobs,
        jobs=jobs,
        annotations=Annotations(database, readers.label_slices),
        demo=Demo(database, blobs),
        exports=Exports(masks),
        labels=Labels(database),
        masks=masks,
        projects=Projects(database, housekeeping),
        readers=readers,
        runs=Runs(database, jobs.notify),
        system=System(database, config, __version__),
        volumes=Volumes(database, blobs, housekeeping, config.uploads_folder, readers.volume, jobs.notify),
    )

"""What the HTTP routes and the page call: one object per noun, gathered in :class:`Services`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backend.audit_trail import AuditTrail
from backend.calls.calls import Calls
from backend.config import Config
from backend.media.files import MediaFiles
from backend.outlines.link import WorkerLink
from backend.permissions import tighten
from backend.records.job_signal import JobSignal
from backend.services.additions import Additions
from backend.services.agreement import Agreements
from backend.services.annotations import Annotations
from backend.services.archives import Archives
from backend.services.batches import Batches
from backend.services.choices import Choices
from backend.services.deidentify import Deidentifier
from backend.services.deleted import Deleted
from backend.services.demo import Demo
from backend.services.exports import Exports
from backend.services.housekeeping import Housekeeping
from backend.services.label_import import LabelImport
from backend.services.labels import Labels
from backend.services.logins import Logins
from backend.services.masks import Masks
from backend.services.media import Media
from backend.services.members import Members
from backend.services.merge import Merges
from backend.services.model_files import ModelFiles
from backend.services.outlines import Outlines
from backend.services.painted_masks import PaintedMasks
from backend.services.passwords import Passwords
from backend.services.project_reports import ProjectReports
from backend.services.projects import Projects
from backend.services.quotas import Quotas
from backend.services.readers import Readers
from backend.services.readiness import Readiness
from backend.services.readings import Readings
from backend.services.references import References
from backend.services.retention import Retention
from backend.services.review import Reviews
from backend.services.runs import RunQueue
from backend.services.system import System
from backend.services.training_sets import TrainingSets
from backend.services.volumes import Volumes
from backend.services.workspaces import Workspaces
from backend.state import State, open_state, start_errors
from backend.temporary import empty_folder
from fewshot_sam import __version__
from fewshot_sam.embeddings.cache import EmbeddingCache
from storage.blobs import BlobStore
from storage.database import Database
from storage.identity import raise_generation

if TYPE_CHECKING:
    from backend.oidc.logins import ProviderLogins
    from backend.services.monai_label.server import MonaiLabel

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Services:
    """Everything a server needs; made by :func:`build_services`, ended by :meth:`close`."""

    config: Config
    database: Database
    blobs: BlobStore
    jobs: JobSignal
    additions: Additions
    annotations: Annotations
    audit: AuditTrail
    batches: Batches
    calls: Calls
    deleted: Deleted
    demo: Demo
    exports: Exports
    housekeeping: Housekeeping
    label_import: LabelImport
    labels: Labels
    logins: Logins
    oidc: ProviderLogins | None
    masks: Masks
    media: Media
    members: Members
    merges: Merges
    outlines: Outlines
    projects: Projects
    quotas: Quotas
    readers: Readers
    readiness: Readiness
    readings: Readings
    references: References
    retention: Retention
    reviews: Reviews
    runs: RunQueue
    system: System
    volumes: Volumes
    workspaces: Workspaces

    @property
    def model_files(self) -> ModelFiles:
        """Models as files, out of projects and into others."""
        return ModelFiles(self.database, self.blobs, self.config)

    @property
    def monai_label(self) -> MonaiLabel:
        """Projects as programs of MONAI Label see them."""
        from backend.services.monai_label.server import MonaiLabel  # for those alone who want it

        parts = (self.projects, self.volumes, self.runs, self.masks, self.label_import, self.config)
        return MonaiLabel(self.database, self.blobs, *parts)

    @property
    def project_reports(self) -> ProjectReports:
        """Writes reports of projects."""
        return ProjectReports(self.database, self.media, self.masks.scores)

    @property
    def painted_masks(self) -> PaintedMasks:
        """Makes masks of what is painted."""
        return PaintedMasks(self.database, self.blobs)

    @property
    def training_sets(self) -> TrainingSets:
        """Writes projects as training sets of other programs."""
        return TrainingSets(self.masks, self.volumes.open, self.config.temporary_folder)

    @property
    def archives(self) -> Archives:
        """Asks archives of the hospital."""
        deidentify = Deidentifier(self.database, self.config.deidentify)
        return Archives(self.config.archives, self.masks, self.exports, deidentify)

    @property
    def agreements(self) -> Agreements:
        """Compares readings of a scan."""
        return Agreements(self.database, self.blobs)

    @property
    def upkeep(self) -> tuple[Callable[[], object], ...]:
        """What is to be done every few minutes while the server runs."""
        return (
            self.housekeeping.expire_uploads,
            self.housekeeping.empty_bin,
            self.trim_cache,
            self.workspaces.expire,
            self.retention.sweep,
            self.deleted.expire,
            self.logins.forget_expired,
            self.raise_generation,
            self.housekeeping.forget_deleted,
        )

    def trim_cache(self) -> None:
        """Delete the embeddings used least recently where they take more disk than is allowed."""
        if self.config.max_cache_bytes is not None:
            EmbeddingCache(self.config.cache_folder).trim(self.config.max_cache_bytes)

    def raise_generation(self) -> None:
        """Raise what database and folder both carry, so that a backup made before is told as older."""
        raise_generation(self.database, self.config.identity_file)

    def end(self) -> None:
        """Note the end, empty the temporary folder and close; for a server that is not killed."""
        try:
            self.raise_generation()
        except Exception:  # such as a full disk; the next start raises it too
            logger.exception("the end could not be noted in the data folder")
        empty_folder(self.config.temporary_folder)
        self.close()

    def close(self) -> None:
        """Close the database; closing twice is harmless."""
        self.calls.stop()
        self.audit.close()
        self.readiness.close()
        self.database.close()


def build_services(config: Config, state: State | None = None) -> Services:
    """Services on the data folder of ``config``, made if missing, or its ``state``; raises StartError."""
    files = MediaFiles(config.preview_folder, config.mesh_folder)
    with start_errors(config):
        state = state or open_state(config)
        housekeeping = _begin_housekeeping(config, state, files)
    database, blobs, jobs, link = state.database, state.blobs, JobSignal(), WorkerLink()
    choices, demo = Choices(config), Demo(database, blobs)
    readers, masks, audit = Readers.for_config(config), Masks(database, blobs), AuditTrail(config.audit_file)
    quotas, logins = Quotas(database, blobs, config), Logins(database, config, Passwords())
    projects = Projects(database, housekeeping, quotas, config.max_keep_days)
    workspaces, calls = Workspaces(database, config, demo, projects, housekeeping), Calls(config)
    return Services(
        config=config,
        database=database,
        blobs=blobs,
        jobs=jobs,
        additions=Additions(database, quotas, workspaces.note_activity),
        annotations=Annotations(database, blobs),
        audit=audit,
        batches=Batches(database, jobs.notify),
        calls=calls,
        deleted=Deleted(database, housekeeping, quotas, jobs.notify),
        demo=demo,
        exports=Exports(masks, config.temporary_folder),
        housekeeping=housekeeping,
        label_import=LabelImport(database, readers.label_slices, Deidentifier(database, config.deidentify)),
        labels=Labels(database),
        logins=logins,
        oidc=_provider_logins(config, database, logins),
        masks=masks,
        media=Media(database, blobs, files, jobs.notify),
        members=Members(database, quotas),
        merges=Merges(database, blobs),
        outlines=Outlines(database, link),
        projects=projects,
        quotas=quotas,
        readers=readers,
        readiness=Readiness(config),
        readings=Readings(database, quotas, jobs.notify),
        references=References(database, blobs, housekeeping, readers.label_slices),
        retention=Retention(database, config, projects, audit if config.auth else None),
        reviews=Reviews(database),
        runs=RunQueue(database, jobs.notify, choices, config.max_queued_runs),
        system=System(database, config, link, choices, __version__),
        volumes=_volumes(config, state, housekeeping, quotas, readers, jobs),
        workspaces=workspaces,
    )


def _begin_housekeeping(config: Config, state: State, files: MediaFiles) -> Housekeeping:
    _prepare_folders(config)
    cache = EmbeddingCache(config.cache_folder)
    found = Housekeeping(state.database, state.blobs, state.bin, cache, files, config.uploads_folder)
    found.begin()
    return found


def _volumes(
    config: Config,
    state: State,
    housekeeping: Housekeeping,
    quotas: Quotas,
    readers: Readers,
    jobs: JobSignal,
) -> Volumes:
    deidentifier = Deidentifier(state.database, config.deidentify)
    importing = (config.uploads_folder, readers.volume, jobs.notify, deidentifier)
    return Volumes(state.database, state.blobs, housekeeping, quotas, *importing)


def _prepare_folders(config: Config) -> None:
    for folder in (config.uploads_folder, config.temporary_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    tighten(config)
    empty_folder(config.temporary_folder)


def _provider_logins(config: Config, database: Database, logins: Logins) -> ProviderLogins | None:
    if config.oidc is None:
        return None
    from backend.oidc.logins import ProviderLogins  # Authlib, for those alone who have a provider

    return ProviderLogins(config.oidc, database, logins, config.public_address)

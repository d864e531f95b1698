"""What the environment and the command line decide, read once at start."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from backend.addresses import own_address
from backend.archives.settings import ArchiveSettings, archives_from
from backend.environment import between, limit, number, switch
from backend.oidc.settings import OidcSettings
from backend.port import host_in_address
from fewshot_sam.data.folders import data_home
from fewshot_sam.io.limits import ReadLimits, machine_memory_bytes
from storage.database import sqlite_url

GIGABYTE = 1024**3


@dataclass(frozen=True)
class Config:
    """Settings of one server.

    Attributes:
        home: the data folder.
        database_url: SQLAlchemy URL; by default a SQLite file in ``home``.
        host, port: where to listen.
        multi_user: there are several owners, each of whom sees only their own projects: every browser, or
            with ``auth`` every account.
        auth: people log in.
        oidc: the hospital's own login, with which people log in too.
        archives: of the hospital, which scans are fetched from and masks sent to.
        open: the network may reach the server although nobody logs in.
        monai_label: other programs may use it as a MONAI Label server.
        session_idle_s, session_s: a session ends when it was not used for so long, and at that age.
        on_spaces: served inside a frame of Hugging Face, through its proxy.
        space_host: the Space's own public name, "" elsewhere.
        allowed_hosts: more names this server is reached by, as behind a reverse proxy.
        address: where people open the app, with its path and no slash at the end; "" where that is not told.
        max_upload_bytes: limit of one upload.
        encoder, device: what the worker encodes with.
        max_readers: uploads that are read at once.
        reader_memory_bytes: address space of a reader; None for a third of the machine's memory.
        reader_timeout_s: how long one may read.
        read_limits: what a file may become: voxels, slices, unpacked bytes.
        adopt_database: use data folder and database together although they do not know each other.
        start_wait_s: how long a start waits for a lock on the database.
        min_free_bytes: with less free space on the data folder's disk the server is not ready.
        run_time_limit_s: a run that takes longer fails with a sentence; None for no limit.
        worker_memory_limit_bytes: a run that takes more fails with a sentence; None for no limit.
        max_queued_runs: how many runs of one owner may wait; None for no limit.
        max_projects, max_volumes, max_owner_bytes: what one owner may keep; None is no limit.
        max_cache_bytes: disk for embeddings; what was used least recently goes. None for no limit.
        deidentify: imports keep no text of a file that may tell whose it is.
        max_keep_days: a project not changed for so long is deleted, whatever its own rule; None for no limit.
        keep_days: a workspace not written to for so long is deleted in multi-user mode; None keeps it.
    """

    home: Path
    database_url: str
    host: str = "127.0.0.1"
    port: int = 7860
    multi_user: bool = False
    auth: bool = False
    oidc: OidcSettings | None = None
    archives: tuple[ArchiveSettings, ...] = ()
    open: bool = False
    monai_label: bool = False
    session_idle_s: float = 12 * 3600.0
    session_s: float = 7 * 86400.0
    on_spaces: bool = False
    space_host: str = ""
    allowed_hosts: tuple[str, ...] = ()
    address: str = ""
    max_upload_bytes: int = 4 * GIGABYTE
    encoder: str = "lite-medsam"
    device: str = "auto"
    max_readers: int = 2
    reader_memory_bytes: int | None = None
    reader_timeout_s: float = 300
    read_limits: ReadLimits = field(default_factory=ReadLimits)
    adopt_database: bool = False
    start_wait_s: float = 10.0
    min_free_bytes: int = GIGABYTE // 2
    run_time_limit_s: float | None = None
    worker_memory_limit_bytes: int | None = None
    max_queued_runs: int | None = None
    max_projects: int | None = None
    max_volumes: int | None = None
    max_owner_bytes: int | None = None
    max_cache_bytes: int | None = 20 * GIGABYTE
    deidentify: bool = False
    max_keep_days: int | None = None
    keep_days: float | None = None

    @classmethod
    def for_home(cls, home: Path) -> Config:
        """All defaults, state in ``home``."""
        return cls(home=home, database_url=sqlite_url(home / "fewshot-sam.sqlite3"))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Config:
        """Settings from FEWSHOT_SAM_* variables, Gradio's server variables and those of a Space.

        Raises:
            UserError: a variable that must be a number is none.
        """
        home = data_home()
        on_spaces = bool(environment.get("SPACE_ID"))
        auth = switch(environment, "FEWSHOT_SAM_AUTH")
        multi_user = on_spaces or auth or switch(environment, "FEWSHOT_SAM_MULTI_USER")
        hosts = [host.strip() for host in environment.get("FEWSHOT_SAM_ALLOWED_HOSTS", "").split(",")]
        address = own_address(environment.get("FEWSHOT_SAM_ADDRESS", ""), "FEWSHOT_SAM_ADDRESS")
        return cls(
            home=home,
            database_url=environment.get("DATABASE_URL") or sqlite_url(home / "fewshot-sam.sqlite3"),
            host=environment.get("FEWSHOT_SAM_HOST")
            or environment.get("GRADIO_SERVER_NAME")
            or ("0.0.0.0" if on_spaces else "127.0.0.1"),
            port=int(number(environment, ("FEWSHOT_SAM_PORT", "GRADIO_SERVER_PORT"), 7860)),
            multi_user=multi_user,
            auth=auth,
            oidc=OidcSettings.from_environment(environment) if auth else None,
            archives=archives_from(environment),
            open=switch(environment, "FEWSHOT_SAM_OPEN"),
            monai_label=switch(environment, "FEWSHOT_SAM_MONAI_LABEL"),
            session_idle_s=between(environment, "FEWSHOT_SAM_SESSION_IDLE_HOURS", 12, 0.1, 24 * 90) * 3600,
            session_s=between(environment, "FEWSHOT_SAM_SESSION_DAYS", 7, 0.01, 90) * 86400,
            on_spaces=on_spaces,
            space_host=environment.get("SPACE_HOST", "") if on_spaces else "",
            allowed_hosts=tuple(
                filter(None, [urlsplit(address).hostname, *hosts, environment.get("SPACE_HOST", "")])
            ),
            address=address,
            max_upload_bytes=int(number(environment, ("FEWSHOT_SAM_MAX_UPLOAD_GB",), 4) * GIGABYTE),
            encoder=environment.get("FEWSHOT_SAM_ENCODER", "lite-medsam"),
            device=environment.get("FEWSHOT_SAM_DEVICE", "auto"),
            **_reader_settings(environment, multi_user),
            start_wait_s=number(environment, ("FEWSHOT_SAM_START_WAIT_S",), 10),
            min_free_bytes=int(number(environment, ("FEWSHOT_SAM_MIN_FREE_GB",), 0.5) * GIGABYTE),
            max_cache_bytes=_bytes(limit(environment, "FEWSHOT_SAM_MAX_CACHE_GB", 20)),
            deidentify=switch(environment, "FEWSHOT_SAM_DEIDENTIFY"),
            max_keep_days=int(between(environment, "FEWSHOT_SAM_MAX_KEEP_DAYS", 0, 1, 3650)) or None,
            **_run_limits(environment, multi_user),
            **(_owner_limits(environment, 1 if on_spaces and not auth else 0) if multi_user else {}),
        )

    @property
    def public_address(self) -> str:
        """Where people reach the server: as told, at its first public name, else where it listens."""
        if self.address:
            return self.address
        if self.allowed_hosts:
            return f"https://{self.allowed_hosts[0]}"
        return f"http://{host_in_address(self.host)}:{self.port}"

    @property
    def log_file(self) -> Path:
        """Where tracebacks go."""
        return self.home / "logs" / "fewshot-sam.log"

    @property
    def audit_file(self) -> Path:
        """Who did what, where people log in."""
        return self.home / "logs" / "audit.log"

    @property
    def worker_log_file(self) -> Path:
        """The worker's own, because two processes cannot rotate one file."""
        return self.home / "logs" / "worker.log"

    @property
    def blobs_folder(self) -> Path:
        """Voxels, masks and models."""
        return self.home / "blobs"

    @property
    def bin_folder(self) -> Path:
        """Blobs without a row, for 30 days."""
        return self.home / "bin"

    @property
    def identity_file(self) -> Path:
        """Which database belongs to the folder; see storage.identity."""
        return self.home / "data-folder.json"

    @property
    def server_address_file(self) -> Path:
        """Where the server that uses the folder listens; there while one does."""
        return self.home / "server-address"

    @property
    def cache_folder(self) -> Path:
        """Embedding cache; the same folder as fewshot_sam.data.folders.cache_folder for this home."""
        return self.home / "cache"

    @property
    def checkpoints_folder(self) -> Path:
        """Checkpoints of encoders: those that the library downloaded, and what else was put there."""
        return self.home / "checkpoints"

    @property
    def mesh_folder(self) -> Path:
        """Surfaces of masks for the 3D view."""
        return self.home / "meshes"

    @property
    def preview_folder(self) -> Path:
        """Small copies of volumes for the 3D view."""
        return self.home / "previews"

    @property
    def temporary_folder(self) -> Path:
        """What readers and exports write while they work; emptied at each start."""
        return self.home / "tmp"

    @property
    def uploads_folder(self) -> Path:
        """Files being uploaded or waiting for a series to be chosen."""
        return self.home / "uploads"


def _reader_settings(environment: Mapping[str, str], multi_user: bool) -> dict[str, Any]:
    """Limits of one reading; shorter where a file that reads slowly keeps others waiting."""
    timeout_s = 120 if multi_user else 300
    memory_gb = between(environment, "FEWSHOT_SAM_READER_MEMORY_GB", 0, 0.5, 1024)
    return {
        "max_readers": int(between(environment, "FEWSHOT_SAM_MAX_READERS", 2, 1, 32)),
        "reader_memory_bytes": int(memory_gb * GIGABYTE) or None,
        "reader_timeout_s": between(environment, "FEWSHOT_SAM_READER_TIMEOUT_S", timeout_s, 1, 86400),
        "read_limits": ReadLimits.from_environment(environment),
    }


def _run_limits(environment: Mapping[str, str], multi_user: bool) -> dict[str, Any]:
    """What one run may take; without limits for one user, who can cancel it."""
    minutes = limit(environment, "FEWSHOT_SAM_RUN_MINUTES", 30.0 if multi_user else 0.0)
    memory = _default_worker_memory_gb() if multi_user else 0.0
    gigabytes = limit(environment, "FEWSHOT_SAM_WORKER_MEMORY_GB", memory)
    queued = limit(environment, "FEWSHOT_SAM_QUEUED_RUNS", 3.0 if multi_user else 0.0)
    return {
        "run_time_limit_s": None if minutes is None else minutes * 60.0,
        "worker_memory_limit_bytes": _bytes(gigabytes),
        "max_queued_runs": None if queued is None else max(1, int(queued)),
    }


def _default_worker_memory_gb() -> float:
    """Most of the machine's memory, and never less than a run on a large CT takes."""
    return max(3.0, 0.6 * machine_memory_bytes() / GIGABYTE)


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else int(gigabytes * GIGABYTE)


def _owner_limits(environment: Mapping[str, str], default_days: float) -> dict[str, Any]:
    """What one of several owners may keep, and for how long."""
    keep_days = number(environment, ("FEWSHOT_SAM_KEEP_DAYS",), default_days)
    return {
        "max_projects": int(number(environment, ("FEWSHOT_SAM_MAX_PROJECTS",), 50)),
        "max_volumes": int(number(environment, ("FEWSHOT_SAM_MAX_VOLUMES",), 100)),
        "max_owner_bytes": int(number(environment, ("FEWSHOT_SAM_MAX_OWNER_GB",), 10) * GIGABYTE),
        "keep_days": keep_days or None,
    }

"""/api/archives, and archives of projects and masks: scans from the hospital's archives, masks into them.

Searches are sent as bodies: names of patients are in no address, which proxies write to their logs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from backend.http.departure import stopping_with_client
from backend.http.identity import Owner, WritingOwner
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork
from backend.schemas.answers import VolumeAnswer
from backend.schemas.archives import (
    ArchiveKey,
    FetchBody,
    FetchKey,
    FetchProgressAnswer,
    FoundSeriesAnswer,
    FoundStudiesAnswer,
    SeriesSearchBody,
    StoreBody,
    StudySearchBody,
)
from backend.schemas.requests import MaskId, ProjectId

if TYPE_CHECKING:
    from backend.services import Services

_NOTHING = FetchProgressAnswer(instances=0, bytes=0)


class Fetches:
    """How far fetches are, by owner and the id that the page chose; forgotten as they end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going: dict[tuple[str, str], FetchProgressAnswer] = {}

    @contextmanager
    def follow(self, owner: str, fetch_id: str) -> Iterator[Callable[[int, int], None]]:
        """What a fetch reports to, files and bytes, from any thread."""

        def report(instances: int, size: int) -> None:
            with self._lock:
                self._going[owner, fetch_id] = FetchProgressAnswer(instances=instances, bytes=size)

        report(0, 0)
        try:
            yield report
        finally:
            with self._lock:
                self._going.pop((owner, fetch_id), None)

    def progress(self, owner: str, fetch_id: str) -> FetchProgressAnswer:
        """How far one is; zeros for one that is not going on."""
        with self._lock:
            return self._going.get((owner, fetch_id), _NOTHING)


def archive_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of archives."""
    router = APIRouter()
    fetches = Fetches()
    _add_searches(router, services, work)
    _add_store(router, services, work)

    @router.post("/projects/{project_id}/archives/{archive}/volumes", status_code=201)
    async def fetch_series(
        request: Request, asker: WritingOwner, project_id: ProjectId, archive: ArchiveKey, body: FetchBody
    ) -> VolumeAnswer:
        """Make a volume of an archive's series, which may ask for choices as an upload does.

        A client that goes away before the answer leaves nothing behind.
        """
        await work.write(services.additions.volume, asker, project_id, 0)
        chosen = services.archives.find(archive)
        if not services.archives.keeps_no_names(project_id):
            request.state.of_study = f"{body.study_uid}/{body.series_uid}"
        on_disk = await run_in_threadpool(slots.on_disk)
        with (
            slots.hold(asker.id, chosen.max_bytes, on_disk),
            fetches.follow(asker.id, body.fetch_id) as report,
        ):
            folder = await work.write(services.volumes.new_upload_folder, asker, project_id)
            async with stopping_with_client(request) as check:
                try:
                    fetch = services.archives.fetch
                    size = await work.ask_archive(asker.id, fetch, archive, body, folder, report, check)
                    await work.write(services.additions.volume, asker, project_id, size)
                except BaseException:  # a client that went away too: nothing half-received stays
                    await remove_upload(folder)
                    raise
                return await work.import_files(
                    services.volumes.import_upload, asker, project_id, folder, again=body.again, check=check
                )

    @router.get("/fetches/{fetch}")
    def get_fetch(asker: Owner, fetch: FetchKey) -> FetchProgressAnswer:
        """How far a fetch of the asker's is."""
        return fetches.progress(asker.id, fetch)

    return router


def _add_searches(router: APIRouter, services: Services, work: ApiWork) -> None:
    @router.post("/archives/{archive}/studies")
    async def search_studies(
        asker: WritingOwner, archive: ArchiveKey, body: StudySearchBody
    ) -> FoundStudiesAnswer:
        """Studies of an archive."""
        return await work.ask_archive(asker.id, services.archives.studies, archive, body)

    @router.post("/archives/{archive}/series")
    async def search_series(
        request: Request, asker: WritingOwner, archive: ArchiveKey, body: SeriesSearchBody
    ) -> FoundSeriesAnswer:
        """The series of a study."""
        if not services.config.deidentify:
            request.state.of_study = body.study_uid
        return await work.ask_archive(asker.id, services.archives.series, archive, body.study_uid)


def _add_store(router: APIRouter, services: Services, work: ApiWork) -> None:
    @router.post("/masks/{mask_id}/archives/{archive}", status_code=204)
    async def store_mask(
        request: Request, asker: WritingOwner, mask_id: MaskId, archive: ArchiveKey, body: StoreBody
    ) -> None:
        """Send a mask, as a DICOM object, to an archive that has the study it is of."""
        archives = services.archives
        make = archives.mask_to_store
        content = await work.compute(asker.id, make, asker, archive, mask_id, body.format)
        study = await work.ask_archive(asker.id, archives.store, archive, content)
        request.state.of_study = study

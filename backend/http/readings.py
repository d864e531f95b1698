"""/api/volumes/{id}/readings: who reads a scan blind, and what came out.

The id is of the volume that is read, or of a reading of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from backend.http.binary import changing_array
from backend.http.documents import bytes_answer
from backend.http.files import file_answer
from backend.http.identity import ManagingOwner, Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.answers import ImportAnswer
from backend.schemas.reading_requests import MergeBody, QueryBySlice, ReadersBody, ReadingStepBody
from backend.schemas.readings import AgreementAnswer, ReadingsAnswer
from backend.schemas.references import DEFAULT_TOLERANCE_MM, QueryTolerance
from backend.schemas.requests import VolumeId

if TYPE_CHECKING:
    from backend.services import Services

READINGS = "/volumes/{volume_id}/readings"


def reading_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of readings."""
    router = APIRouter()
    readings = services.readings

    @router.get(READINGS)
    def get_readings(asker: Owner, volume_id: VolumeId) -> ReadingsAnswer:
        """The readings of the scan as they stand."""
        return readings.get(asker, volume_id)

    @router.post(READINGS, status_code=201)
    async def start_readings(
        asker: ManagingOwner, volume_id: VolumeId, body: ReadersBody | None = None
    ) -> ReadingsAnswer:
        """Have the volume read, by people who may paint in the project."""
        return await work.write(readings.start, asker, volume_id, body.readers if body else ())

    @router.post(f"{READINGS}/finish")
    async def finish_reading(
        asker: WritingOwner, volume_id: VolumeId, body: ReadingStepBody | None = None
    ) -> ReadingsAnswer:
        """The asker's reading is finished; with the last one all are revealed."""
        return await work.write(readings.finish, asker, volume_id)

    @router.post(f"{READINGS}/take-back")
    async def take_reading_back(
        asker: WritingOwner, volume_id: VolumeId, body: ReadingStepBody | None = None
    ) -> ReadingsAnswer:
        """The asker goes on with a reading that was finished."""
        return await work.write(readings.take_back, asker, volume_id)

    @router.post(f"{READINGS}/end")
    async def end_readings(
        asker: ManagingOwner, volume_id: VolumeId, body: ReadingStepBody | None = None
    ) -> ReadingsAnswer:
        """All readings of the scan are revealed as they are."""
        return await work.write(readings.end, asker, volume_id)

    _add_results(router, services, work)
    return router


def _add_results(router: APIRouter, services: Services, work: ApiWork) -> None:
    agreements, merges = services.agreements, services.merges

    @router.get("/volumes/{volume_id}/agreement")
    async def get_agreement(
        asker: Owner, volume_id: VolumeId, tolerance_mm: QueryTolerance = DEFAULT_TOLERANCE_MM
    ) -> AgreementAnswer:
        """How far the readings of the scan agree, pair by pair, and on which slices they differ."""
        return await work.compute(asker.id, agreements.of, asker, volume_id, tolerance_mm)

    @router.get(
        "/volumes/{volume_id}/agreement/table",
        response_class=Response,
        responses=bytes_answer("the table", "text/csv"),
    )
    async def get_agreement_table(
        asker: Owner,
        volume_id: VolumeId,
        tolerance_mm: QueryTolerance = DEFAULT_TOLERANCE_MM,
        by_slice: QueryBySlice = False,
    ) -> Response:
        """The same as a CSV file: a line for each label, or for each slice that differs."""
        make = agreements.table
        return file_answer(await work.compute(asker.id, make, asker, volume_id, tolerance_mm, by_slice))

    @router.get(
        f"{READINGS}/voxels",
        response_class=Response,
        responses=bytes_answer("label values, uint8, X fastest"),
    )
    async def reading_voxels(asker: Owner, volume_id: VolumeId, request: Request) -> Response:
        """The labels of a reading: what is painted, and where nothing is the mask."""
        labels = await work.compute(asker.id, agreements.voxels, asker, volume_id)
        return changing_array(request, labels.transpose())

    @router.get(
        f"{READINGS}/download",
        response_class=Response,
        responses=bytes_answer("the label map", "application/gzip"),
    )
    async def download_labels(asker: Owner, volume_id: VolumeId) -> Response:
        """The labels of the volume as they are now, a merge or a reading, as NIfTI."""
        folder = services.config.temporary_folder
        return file_answer(await work.compute(asker.id, agreements.nifti, asker, volume_id, folder))

    @router.post("/volumes/{volume_id}/merge", status_code=201)
    async def merge_readings(asker: WritingOwner, volume_id: VolumeId, body: MergeBody) -> ImportAnswer:
        """Paint a merge of the readings on the volume that was read."""
        return await work.compute(asker.id, merges.merge, asker, volume_id, body)

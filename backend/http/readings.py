"""/api/volumes/{id}/readings: who reads a scan blind, and what came out.

The id is of the volume that is read, or of a reading of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter

from backend.http.identity import ManagingOwner, Owner, WritingOwner
from backend.http.work import ApiWork
from backend.schemas.readings import ReadersBody, ReadingsAnswer
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
    async def finish_reading(asker: WritingOwner, volume_id: VolumeId) -> ReadingsAnswer:
        """The asker's reading is finished; with the last one all are revealed."""
        return await work.write(readings.finish, asker, volume_id)

    @router.post(f"{READINGS}/take-back")
    async def take_reading_back(asker: WritingOwner, volume_id: VolumeId) -> ReadingsAnswer:
        """The asker goes on with a reading that was finished."""
        return await work.write(readings.take_back, asker, volume_id)

    @router.post(f"{READINGS}/end")
    async def end_readings(asker: ManagingOwner, volume_id: VolumeId) -> ReadingsAnswer:
        """All readings of the scan are revealed as they are."""
        return await work.write(readings.end, asker, volume_id)

    return router

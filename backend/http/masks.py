"""/api/masks: label maps of whole volumes, their confidence, surfaces and files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.http.documents import bytes_answer
from backend.http.files import compressed_file, file_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.media import media_response
from backend.http.work import ApiWork
from backend.schemas.answers import MaskAnswer
from backend.schemas.requests import CurrentBody, MaskId, PathValue, QueryFormat

if TYPE_CHECKING:
    from backend.services import Services


DOWNLOAD_TYPES = ("application/gzip", "application/zip", "application/json", "text/csv")


def mask_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of masks."""
    router = APIRouter(prefix="/masks/{mask_id}")
    masks = services.masks

    @router.get("")
    def get_mask(asker: Owner, mask_id: MaskId) -> MaskAnswer:
        """A mask with its labels, named as they are called now."""
        return masks.get(asker, mask_id)

    @router.get(
        "/voxels",
        response_class=Response,
        responses=bytes_answer("label values, uint8, X fastest"),
    )
    def voxels(asker: Owner, mask_id: MaskId, request: Request) -> Response:
        """The whole label map on the canonical grid."""
        return compressed_file(request, *masks.compressed_voxels(asker, mask_id))

    @router.get(
        "/confidence",
        response_class=Response,
        responses=bytes_answer("confidence, uint8, 255 is certain, X fastest"),
    )
    def confidence(asker: Owner, mask_id: MaskId, request: Request) -> Response:
        """How certain the mask is of each voxel."""
        return compressed_file(request, *masks.compressed_confidence(asker, mask_id))

    @router.post("/current")
    async def make_current(
        asker: WritingOwner, mask_id: MaskId, body: CurrentBody | None = None
    ) -> MaskAnswer:
        """Make the mask of an earlier run the one that its volume has now."""
        return await work.write(masks.make_current, asker, mask_id)

    _add_files(router, services, work)
    return router


def _add_files(router: APIRouter, services: Services, work: ApiWork) -> None:
    @router.get(
        "/meshes/{value}",
        response_class=Response,
        responses=bytes_answer("the label's surface as MZ3, mm, RAS"),
    )
    async def mesh(asker: Owner, mask_id: MaskId, value: PathValue, request: Request) -> Response:
        """The surface of one label."""
        item = await run_in_threadpool(services.media.surface, asker, mask_id, value)
        return await media_response(request, work, asker.id, services.media, item)

    @router.get(
        "/download",
        response_class=Response,  # its type depends on the format
        responses=bytes_answer("the file", *DOWNLOAD_TYPES),
    )
    async def download(asker: Owner, mask_id: MaskId, format: QueryFormat = "nifti") -> Response:
        """The mask as a file for other programs."""
        return file_answer(await work.compute(asker.id, services.exports.export, asker, mask_id, format))

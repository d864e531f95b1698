"""/api/masks: label maps of whole volumes, their confidence, surfaces and files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, StreamingResponse

from backend.http.binary import CHUNK_BYTES, IMMUTABLE, etag_matches
from backend.http.documents import bytes_answer
from backend.http.file_names import content_disposition
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
        return _compressed_file(request, *masks.compressed_voxels(asker, mask_id))

    @router.get(
        "/confidence",
        response_class=Response,
        responses=bytes_answer("confidence, uint8, 255 is certain, X fastest"),
    )
    def confidence(asker: Owner, mask_id: MaskId, request: Request) -> Response:
        """How certain the mask is of each voxel."""
        return _compressed_file(request, *masks.compressed_confidence(asker, mask_id))

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
        file = await work.compute(asker.id, services.exports.export, asker, mask_id, format)
        headers = {"Content-Disposition": content_disposition(file.name), "Cache-Control": "no-store"}
        return Response(file.content, headers=headers, media_type=file.media_type)


def _compressed_file(request: Request, path: Path, tag: str) -> Response:
    """The bytes whose gzip is stored at ``path``."""
    headers = {"ETag": f'"{tag}"', "Cache-Control": IMMUTABLE, "Vary": "Accept-Encoding"}
    if etag_matches(request, f'"{tag}"'):
        return Response(status_code=304, headers=headers)
    if "gzip" not in request.headers.get("accept-encoding", ""):
        return StreamingResponse(_unpacked(path), headers=headers, media_type="application/octet-stream")
    # Compressed once when it was stored; browsers unpack it faster than they receive it plain.
    headers["Content-Encoding"] = "gzip"
    return FileResponse(path, headers=headers, media_type="application/octet-stream")


def _unpacked(path: Path) -> Iterator[bytes]:
    """Piece by piece: a whole mask is as large as its volume, and many may be asked for at once."""
    with gzip.open(path, "rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk

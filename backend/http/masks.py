"""/api/masks: label maps of whole volumes, how sure they are, their surfaces and files."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import FileResponse, StreamingResponse

from backend.http.binary import CHUNK_BYTES, IMMUTABLE, etag_matches
from backend.http.identity import current_owner
from backend.http.work import ApiWork
from backend.schemas import MaskId, PathValue, QueryFormat
from backend.services import Services

Owner = Annotated[str, Depends(current_owner)]


def mask_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of masks."""
    router = APIRouter(prefix="/masks/{mask_id}")
    masks = services.masks

    @router.get("")
    def get_mask(owner: Owner, mask_id: MaskId) -> dict[str, Any]:
        return masks.get(owner, mask_id)

    @router.get("/voxels")
    def voxels(owner: Owner, mask_id: MaskId, request: Request) -> Response:
        return _compressed_file(request, *masks.compressed_voxels(owner, mask_id))

    @router.get("/confidence")
    def confidence(owner: Owner, mask_id: MaskId, request: Request) -> Response:
        return _compressed_file(request, *masks.compressed_confidence(owner, mask_id))

    @router.get("/meshes/{value}")
    async def mesh(owner: Owner, mask_id: MaskId, value: PathValue, request: Request) -> Response:
        etag = f'"{mask_id}-{value}"'
        headers = {"ETag": etag, "Cache-Control": IMMUTABLE}
        content = await work.compute(owner, masks.mesh, owner, mask_id, value)
        if etag_matches(request, etag):
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers, media_type="application/octet-stream")

    @router.get("/download")
    async def download(owner: Owner, mask_id: MaskId, format: QueryFormat = "nifti") -> Response:
        file = await work.compute(owner, services.exports.export, owner, mask_id, format)
        disposition = f"attachment; filename=\"{file.name}\"; filename*=UTF-8''{quote(file.name)}"
        headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
        return Response(file.content, headers=headers, media_type=file.media_type)

    return router


def _compressed_file(request: Request, path: Path, tag: str) -> Response:
    """The bytes whose gzip lies at ``path``."""
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

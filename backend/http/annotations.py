"""/api/volumes/{id}/annotations: painted slices as bytes."""

from __future__ import annotations

import shutil
import zlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.errors import InvalidRequestError, TooLargeError
from backend.http.identity import current_owner
from backend.http.multipart import receive_form
from backend.services import Services

Owner = Annotated[str, Depends(current_owner)]
MAX_SLICE_BYTES = 64 * 1024 * 1024


def annotation_routes(services: Services) -> APIRouter:
    """Routes of painted slices."""
    router = APIRouter(prefix="/volumes/{volume_id}/annotations")
    annotations = services.annotations

    @router.get("")
    def list_annotations(owner: Owner, volume_id: str) -> list[dict[str, Any]]:
        return annotations.list_latest(owner, volume_id)

    @router.post("/import", status_code=201)
    async def import_label_map(owner: Owner, volume_id: str, request: Request) -> dict[str, Any]:
        volume = await run_in_threadpool(services.volumes.row, owner, volume_id)
        folder = await run_in_threadpool(services.volumes.new_upload_folder, owner, volume.project_id)
        try:
            form = await receive_form(request, folder, services.config.max_upload_bytes)
            return await run_in_threadpool(
                annotations.import_label_map, owner, volume_id, form.files, form.fields.get("plane")
            )
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @router.get("/{plane}/{slice_index}")
    def get_slice(
        owner: Owner, volume_id: str, plane: str, slice_index: int, version: int | None = None
    ) -> Response:
        annotation, data = annotations.get(owner, volume_id, plane, slice_index, version)
        headers = {
            "X-Version": str(annotation["version"]),
            "X-State": annotation["state"],
            "Cache-Control": "no-store",
        }
        return Response(data, headers=headers, media_type="application/octet-stream")

    @router.get("/{plane}/{slice_index}/versions")
    def list_versions(owner: Owner, volume_id: str, plane: str, slice_index: int) -> list[dict[str, Any]]:
        return annotations.versions(owner, volume_id, plane, slice_index)

    @router.put("/{plane}/{slice_index}")
    async def save_slice(
        owner: Owner,
        volume_id: str,
        plane: str,
        slice_index: int,
        request: Request,
        x_base_version: Annotated[int, Header()],
        x_state: Annotated[str, Header()] = "painted",
    ) -> dict[str, Any]:
        body = await _read_body(request)
        return await run_in_threadpool(
            annotations.save, owner, volume_id, plane, slice_index, body, x_state, x_base_version
        )

    return router


async def _read_body(request: Request) -> bytes:
    """The request's body, decompressed, never more than MAX_SLICE_BYTES of memory."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "gzip", "deflate"):
        raise InvalidRequestError(f"Content-Encoding must be gzip or deflate, got {encoding[:20]!r}.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_SLICE_BYTES:
            raise TooLargeError(f"A slice must be at most {MAX_SLICE_BYTES} bytes.")
    return bytes(body) if encoding == "identity" else _decompress(bytes(body))


def _decompress(body: bytes) -> bytes:
    decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header
    try:
        data = decompressor.decompress(body, MAX_SLICE_BYTES)
    except zlib.error as error:
        raise InvalidRequestError("The compressed slice is damaged. Save it again.") from error
    if decompressor.unconsumed_tail:
        raise TooLargeError(f"A slice must be at most {MAX_SLICE_BYTES} bytes.")
    if not decompressor.eof:
        raise InvalidRequestError("The compressed slice is cut off. Save it again.")
    return data

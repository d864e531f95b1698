"""/api/volumes/{id}/annotations: painted slices as bytes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.errors import InvalidRequestError, TooLargeError
from backend.http.bodies import LargeBodies, content_length
from backend.http.identity import current_owner, writing_owner
from backend.http.multipart import receive_form
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork
from backend.schemas import BaseVersion, PathPlane, PathSlice, QueryVersion, State, VolumeId
from backend.services import Services
from backend.services.volume_rows import display_shape
from fewshot_sam.data.planes import Plane

Owner = Annotated[str, Depends(current_owner)]
WritingOwner = Annotated[str, Depends(writing_owner)]
MAX_SLICE_BYTES = 64 * 1024 * 1024
LARGE_SLICE_BYTES = 4 * 1024 * 1024  # from here on few are saved at once: each is in memory several times
SLACK_BYTES = 4096  # a slice that does not shrink grows by gzip's headers, less than a thousandth more


def annotation_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of painted slices."""
    router = APIRouter(prefix="/volumes/{volume_id}/annotations")
    annotations, bodies = services.annotations, LargeBodies()

    @router.get("")
    def list_annotations(owner: Owner, volume_id: VolumeId) -> list[dict[str, Any]]:
        return annotations.list_latest(owner, volume_id)

    @router.post("/import", status_code=201)
    async def import_label_map(owner: WritingOwner, volume_id: VolumeId, request: Request) -> dict[str, Any]:
        length = content_length(request.headers)
        with slots.hold(owner, length, await run_in_threadpool(slots.on_disk)):
            await work.write(services.quotas.require_bytes, owner, length or 0)
            volume = await work.write(services.volumes.row, owner, volume_id)
            folder = await work.write(services.volumes.new_upload_folder, owner, volume.project_id)
            try:
                form = await receive_form(request, folder, services.config.max_upload_bytes)
                return await work.import_files(
                    annotations.import_label_map, owner, volume_id, form.files, form.fields.get("plane")
                )
            finally:
                await remove_upload(folder)

    @router.get("/{plane}/{slice_index}")
    def get_slice(
        owner: Owner,
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        version: QueryVersion = None,
    ) -> Response:
        annotation, data = annotations.get(owner, volume_id, plane, slice_index, version)
        headers = {
            "X-Version": str(annotation["version"]),
            "X-State": annotation["state"],
            "Cache-Control": "no-store",
        }
        return Response(data, headers=headers, media_type="application/octet-stream")

    @router.get("/{plane}/{slice_index}/versions")
    def list_versions(
        owner: Owner, volume_id: VolumeId, plane: PathPlane, slice_index: PathSlice
    ) -> list[dict[str, Any]]:
        return annotations.versions(owner, volume_id, plane, slice_index)

    @router.put("/{plane}/{slice_index}")
    async def save_slice(
        owner: WritingOwner,
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        request: Request,
        base_version: BaseVersion,
        state: State = "painted",
    ) -> dict[str, Any]:
        volume = await run_in_threadpool(services.volumes.row, owner, volume_id)
        largest = _largest_slice(display_shape(volume, Plane(plane)))
        with bodies.hold() as count:
            sent = await _read_body(request, largest, count)
            await work.write(services.quotas.require_bytes, owner, len(sent))
            plain = _encoding(request) == "identity"

            def save() -> dict[str, Any]:
                data = sent if plain else _decompress(sent, largest)
                return annotations.save(owner, volume_id, plane, slice_index, data, state, base_version)

            write = work.write if largest <= LARGE_SLICE_BYTES else work.write_large
            return await write(save)

    return router


def _largest_slice(shape: tuple[int, int]) -> int:
    """Bytes that a body may have, compressed or not: what its slice holds, or a little more."""
    rows, columns = shape
    plain = rows * columns
    return min(plain + plain // 1000 + SLACK_BYTES, MAX_SLICE_BYTES)


async def _read_body(request: Request, largest: int, count: Callable[[int], None]) -> bytes:
    """The request's body as sent, never more than ``largest`` bytes of memory."""
    encoding = _encoding(request)
    if encoding not in ("identity", "gzip", "deflate"):
        raise InvalidRequestError(f"Content-Encoding must be gzip or deflate, got {encoding[:20]!r}.")
    if (content_length(request.headers) or 0) > largest:
        raise _too_large(largest)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > largest:
            raise _too_large(largest)
        count(len(body))
    return bytes(body)


def _encoding(request: Request) -> str:
    return request.headers.get("content-encoding", "identity").lower()


def _too_large(largest: int) -> TooLargeError:
    return TooLargeError(f"A slice of this volume must be at most {largest} bytes. Reload the page.")


def _decompress(body: bytes, largest: int) -> bytes:
    decompressor = zlib.decompressobj(wbits=47)  # gzip or zlib, told by the header
    try:
        data = decompressor.decompress(body, largest)
    except zlib.error as error:
        raise InvalidRequestError("The compressed slice is damaged. Save it again.") from error
    if decompressor.unconsumed_tail:
        raise _too_large(largest)
    if not decompressor.eof:
        raise InvalidRequestError("The compressed slice is cut off. Save it again.")
    return data

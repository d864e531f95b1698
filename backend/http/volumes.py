"""/api/projects/{id}/volumes (upload), /api/uploads and /api/volumes."""

from __future__ import annotations

import shutil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from backend.http.binary import IMMUTABLE, bytes_response, etag_matches, file_bytes_response
from backend.http.identity import current_owner
from backend.http.multipart import receive_form
from backend.services import Services
from backend.services.previews import preview_nifti
from backend.services.volumes import parse_plane, require_slice
from fewshot_sam.geometry import take_slice, to_display
from storage import arrays

Owner = Annotated[str, Depends(current_owner)]


class SeriesBody(BaseModel):
    series_uid: str


class VolumeBody(BaseModel):
    name: str | None = None
    plane: str | None = None
    first_slice: int | None = None


def volume_routes(services: Services) -> APIRouter:
    """Routes of volumes and uploads."""
    router = APIRouter()
    volumes = services.volumes

    @router.post("/projects/{project_id}/volumes", status_code=201)
    async def upload_volume(owner: Owner, project_id: str, request: Request) -> dict[str, Any]:
        folder = await run_in_threadpool(volumes.new_upload_folder, owner, project_id)
        try:
            await receive_form(request, folder, services.config.max_upload_bytes)
        except BaseException:  # a client that went away too: nothing half-received stays
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return await run_in_threadpool(volumes.import_upload, owner, project_id, folder)

    @router.post("/uploads/{upload_id}", status_code=201)
    def choose_series(owner: Owner, upload_id: str, body: SeriesBody) -> dict[str, Any]:
        return volumes.choose_series(owner, upload_id, body.series_uid)

    @router.get("/volumes/{volume_id}")
    def get_volume(owner: Owner, volume_id: str) -> dict[str, Any]:
        return volumes.get(owner, volume_id)

    @router.patch("/volumes/{volume_id}")
    def change_volume(owner: Owner, volume_id: str, body: VolumeBody) -> dict[str, Any]:
        return volumes.change(owner, volume_id, body.name, body.plane, body.first_slice)

    @router.delete("/volumes/{volume_id}", status_code=204)
    def delete_volume(owner: Owner, volume_id: str) -> None:
        volumes.delete(owner, volume_id)

    @router.get("/volumes/{volume_id}/voxels")
    def voxels(owner: Owner, volume_id: str, request: Request) -> Response:
        row = volumes.row(owner, volume_id)
        path = services.blobs.verified_path(row.voxel_blob)
        return file_bytes_response(request, path, arrays.voxels_offset(path), row.voxel_blob)

    @router.get("/volumes/{volume_id}/slices/{plane}/{slice_index}")
    def one_slice(owner: Owner, volume_id: str, plane: str, slice_index: int, request: Request) -> Response:
        """What is on screen, ahead of all voxels: rows x columns in display orientation."""
        row = volumes.row(owner, volume_id)
        chosen = parse_plane(plane)
        require_slice(row, chosen, slice_index)
        voxels = arrays.open_voxels(services.blobs, row.voxel_blob)
        shown = to_display(take_slice(voxels, chosen, slice_index))
        return bytes_response(request, shown.tobytes(), f"{row.voxel_blob}-{plane}-{slice_index}")

    @router.get("/volumes/{volume_id}/preview.nii")
    def preview(owner: Owner, volume_id: str, request: Request) -> Response:
        row = volumes.row(owner, volume_id)
        etag = f'"preview-{row.voxel_blob}"'
        headers = {"ETag": etag, "Cache-Control": IMMUTABLE}
        if etag_matches(request, etag):
            return Response(status_code=304, headers=headers)
        content = preview_nifti(volumes.open(owner, volume_id))
        return Response(content, headers=headers, media_type="application/octet-stream")

    return router

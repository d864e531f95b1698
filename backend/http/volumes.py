"""/api/projects/{id}/volumes (upload), /api/uploads and /api/volumes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.http.binary import IMMUTABLE, array_response, etag_matches, file_bytes_response
from backend.http.bodies import content_length
from backend.http.identity import current_owner, writing_owner
from backend.http.multipart import receive_form
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork
from backend.schemas import PathPlane, PathSlice, ProjectId, SeriesBody, UploadId, VolumeBody, VolumeId
from backend.services import Services
from backend.services.previews import preview_nifti
from backend.services.volumes import parse_plane, require_slice
from fewshot_sam.data.planes import take_slice, to_display
from storage import arrays

Owner = Annotated[str, Depends(current_owner)]
WritingOwner = Annotated[str, Depends(writing_owner)]


def volume_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of volumes and uploads."""
    router = APIRouter()
    volumes = services.volumes

    @router.post("/projects/{project_id}/volumes", status_code=201)
    async def upload_volume(owner: WritingOwner, project_id: ProjectId, request: Request) -> dict[str, Any]:
        length = content_length(request.headers)
        with slots.hold(owner, length, await run_in_threadpool(slots.on_disk)):
            await work.write(services.quotas.require_volume, owner, length or 0)
            folder = await work.write(volumes.new_upload_folder, owner, project_id)
            try:
                await receive_form(request, folder, services.config.max_upload_bytes)
            except BaseException:  # a client that went away too: nothing half-received stays
                await remove_upload(folder)
                raise
            return await work.import_files(volumes.import_upload, owner, project_id, folder)

    @router.post("/uploads/{upload_id}", status_code=201)
    async def choose_series(owner: WritingOwner, upload_id: UploadId, body: SeriesBody) -> dict[str, Any]:
        with slots.hold(owner, 0, 0):  # its files are there already
            await work.write(services.quotas.require_volume, owner, 0)
            return await work.import_files(volumes.choose_series, owner, upload_id, body.series_uid)

    @router.get("/volumes/{volume_id}")
    def get_volume(owner: Owner, volume_id: VolumeId) -> dict[str, Any]:
        return volumes.get(owner, volume_id)

    @router.patch("/volumes/{volume_id}")
    async def change_volume(owner: WritingOwner, volume_id: VolumeId, body: VolumeBody) -> dict[str, Any]:
        return await work.write(volumes.change, owner, volume_id, body.name, body.plane, body.first_slice)

    @router.delete("/volumes/{volume_id}", status_code=204)
    async def delete_volume(owner: WritingOwner, volume_id: VolumeId) -> None:
        await work.write(volumes.delete, owner, volume_id)
        services.quotas.forget(owner)

    @router.get("/volumes/{volume_id}/voxels")
    def voxels(owner: Owner, volume_id: VolumeId, request: Request) -> Response:
        row = volumes.row(owner, volume_id)
        path = services.blobs.verified_path(row.voxel_blob)
        return file_bytes_response(request, path, arrays.voxels_offset(path), row.voxel_blob)

    @router.get("/volumes/{volume_id}/slices/{plane}/{slice_index}")
    def one_slice(
        owner: Owner, volume_id: VolumeId, plane: PathPlane, slice_index: PathSlice, request: Request
    ) -> Response:
        """What is on screen, ahead of all voxels: rows x columns in display orientation."""
        row = volumes.row(owner, volume_id)
        chosen = parse_plane(plane)
        require_slice(row, chosen, slice_index)
        voxels = arrays.open_voxels(services.blobs, row.voxel_blob)
        shown = to_display(take_slice(voxels, chosen, slice_index))
        return array_response(request, shown, f"{row.voxel_blob}-{plane}-{slice_index}")

    @router.get("/volumes/{volume_id}/preview.nii")
    async def preview(owner: Owner, volume_id: VolumeId, request: Request) -> Response:
        row = await run_in_threadpool(volumes.row, owner, volume_id)
        etag = f'"preview-{row.voxel_blob}"'
        headers = {"ETag": etag, "Cache-Control": IMMUTABLE}
        if etag_matches(request, etag):
            return Response(status_code=304, headers=headers)
        content = await work.compute(owner, lambda: preview_nifti(volumes.open(owner, volume_id)))
        return Response(content, headers=headers, media_type="application/octet-stream")

    return router

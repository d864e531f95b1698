"""/api/projects/{id}/volumes (upload), /api/uploads and /api/volumes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.http.binary import array_response, file_bytes_response
from backend.http.bodies import content_length
from backend.http.departure import stopping_with_client
from backend.http.documents import bytes_answer, form_body
from backend.http.identity import Owner, WritingOwner
from backend.http.media import media_response, thumbnail_response
from backend.http.multipart import receive_form
from backend.http.uploads import UploadSlots, remove_upload
from backend.http.work import ApiWork
from backend.schemas.answers import VolumeAnswer
from backend.schemas.provenance import ProvenanceAnswer
from backend.schemas.requests import (
    PathPlane,
    PathSlice,
    ProjectId,
    QueryAgain,
    SeriesBody,
    UploadId,
    VolumeBody,
    VolumeId,
)

if TYPE_CHECKING:
    from backend.services import Services


def upload_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes that make volumes of files."""
    router = APIRouter()
    volumes = services.volumes

    @router.post(
        "/projects/{project_id}/volumes", status_code=201, openapi_extra=form_body("the files of one scan")
    )
    async def upload_volume(
        asker: WritingOwner, project_id: ProjectId, request: Request, again: QueryAgain = False
    ) -> VolumeAnswer:
        """Make a volume of uploaded files.

        Of several series one must be chosen (409, series_choice); slices that form no regular stack are
        resampled to one if the user wants that (409, resample_choice), and what is too large for the server
        is opened at half resolution (409, half_choice); grey pictures of one size are slices of a body, or
        unrelated (409, pictures_choice). A scan that the project has already comes only if asked for again
        (409, same_scan). A client that goes away before the answer leaves nothing behind.
        """
        length = content_length(request.headers)
        with slots.hold(asker.id, length, await run_in_threadpool(slots.on_disk)):
            await work.write(services.additions.volume, asker, project_id, length or 0)
            folder = await work.write(volumes.new_upload_folder, asker, project_id)
            try:
                await receive_form(request, folder, services.config.max_upload_bytes)
            except BaseException:  # a client that went away too: nothing half-received stays
                await remove_upload(folder)
                raise
            async with stopping_with_client(request) as check:
                return await work.import_files(
                    volumes.import_upload, asker, project_id, folder, again=again, check=check
                )

    @router.post("/uploads/{upload_id}", status_code=201)
    async def choose_series(
        request: Request, asker: WritingOwner, upload_id: UploadId, body: SeriesBody
    ) -> VolumeAnswer:
        """Make a volume of an upload that waits for a choice; others may follow (409, as for an upload).

        A client that goes away before the answer leaves nothing behind, the upload neither.
        """
        with slots.hold(asker.id, 0, 0):  # its files are there already
            await work.write(services.additions.volume_of_upload, asker, upload_id)
            async with stopping_with_client(request) as check:
                chosen = (body.series_uid, body.resample, body.again)
                return await work.import_files(
                    volumes.choose_series, asker, upload_id, *chosen, check, body.pictures, body.half
                )

    return router


def volume_routes(services: Services, work: ApiWork) -> APIRouter:
    """Routes of volumes."""
    router = APIRouter(prefix="/volumes/{volume_id}")
    volumes = services.volumes

    @router.get("")
    def get_volume(asker: Owner, volume_id: VolumeId) -> VolumeAnswer:
        """A volume with its newest run and mask."""
        return volumes.get(asker, volume_id)

    @router.patch("")
    async def change_volume(asker: WritingOwner, volume_id: VolumeId, body: VolumeBody) -> VolumeAnswer:
        """Rename a volume, choose its plane, tell which slice is on screen, or correct the modality."""
        return await work.write(
            volumes.change,
            asker,
            volume_id,
            body.name,
            body.plane,
            body.first_slice,
            body.modality,
            body.chosen,
        )

    @router.delete("", status_code=204)
    async def delete_volume(asker: WritingOwner, volume_id: VolumeId) -> None:
        """Delete a volume with its annotations, runs and masks; it can be restored for a while."""
        await work.write(volumes.delete, asker, volume_id)

    @router.get("/provenance")
    def provenance(asker: Owner, volume_id: VolumeId) -> ProvenanceAnswer:
        """How every label came onto every slice that people did, and what predicted the rest."""
        return services.annotations.provenance(asker, volume_id)

    _add_voxels(router, services, work)
    _add_colour(router, services)
    return router


def _add_voxels(router: APIRouter, services: Services, work: ApiWork) -> None:
    volumes = services.volumes

    @router.get(
        "/voxels",
        response_class=Response,
        responses=bytes_answer("voxels of the volume's dtype, X fastest, little-endian; Range is answered"),
    )
    def voxels(asker: Owner, volume_id: VolumeId, request: Request) -> Response:
        """All voxels on the canonical grid."""
        return file_bytes_response(request, *volumes.voxel_file(asker, volume_id))

    @router.get(
        "/slices/{plane}/{slice_index}",
        response_class=Response,
        responses=bytes_answer("voxels of the volume's dtype, rows x columns in display orientation"),
    )
    def one_slice(
        asker: Owner, volume_id: VolumeId, plane: PathPlane, slice_index: PathSlice, request: Request
    ) -> Response:
        """One slice: what is on screen, ahead of all voxels."""
        return array_response(request, *volumes.slice_voxels(asker, volume_id, plane, slice_index))

    @router.get(
        "/preview.nii",
        response_class=Response,
        responses=bytes_answer("a small NIfTI file for the 3D view"),
    )
    async def preview(asker: Owner, volume_id: VolumeId, request: Request) -> Response:
        """A small copy of the volume."""
        item = await run_in_threadpool(services.media.preview, asker, volume_id)
        return await media_response(request, work, asker.id, services.media, item)

    @router.get(
        "/thumbnail.png",
        response_class=Response,
        responses=bytes_answer("a PNG, 96 pixels at most"),
    )
    async def thumbnail(asker: Owner, volume_id: VolumeId, request: Request) -> Response:
        """The middle slice of the volume's plane, for lists."""
        item = await run_in_threadpool(services.media.thumbnail, asker, volume_id)
        return await thumbnail_response(request, work, asker.id, services.media, item)


def _add_colour(router: APIRouter, services: Services) -> None:
    @router.get(
        "/colour/{slice_index}",
        response_class=Response,
        responses=bytes_answer("red, green and blue bytes, rows x columns in display orientation"),
    )
    def colour_slice(asker: Owner, volume_id: VolumeId, slice_index: PathSlice, request: Request) -> Response:
        """An axial slice in colour: a picture with its padding, or a grey slice in the default window."""
        return array_response(request, *services.volumes.colour_slice(asker, volume_id, slice_index))

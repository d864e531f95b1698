"""/api/volumes/{id}/annotations: painted slices as bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response

from backend.http.bodies import LargeBodies
from backend.http.documents import BytesResponse, bytes_answer, bytes_body, form_body
from backend.http.identity import Owner, WritingOwner
from backend.http.label_maps import READING_ANSWERS, answered_reading, received_label_map
from backend.http.slice_body import decode_body, largest_body, read_body
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.answers import AnnotationAnswer, ImportAnswer, SavedSliceAnswer, SliceVersionAnswer
from backend.schemas.enums import SliceState
from backend.schemas.requests import (
    BaseVersion,
    OriginHeader,
    PathPlane,
    PathSlice,
    QueryVersion,
    RevertBody,
    StateHeader,
    VolumeId,
)

if TYPE_CHECKING:
    from backend.services import Services

LARGE_SLICE_BYTES = 4 * 1024 * 1024  # from here on few are saved at once: each is in memory several times
IMPORT_ANSWERS = {
    "plane": "axial, coronal or sagittal; by default the plane that was painted",
    "names": "keep, take or new, or these by code as JSON, where codes have other names in the project",
    "paint": "keep, merge or replace, where slices are painted or reviewed already",
    "locked": "values of labels whose cells stay as they are, with commas between",
    "paint_tag": "of the question that this answers: what was painted since is asked for again",
}
"""Fields of the form that an import takes beside its files, and what they say."""
LABEL_MAP_FORM = form_body(
    "a label map on the volume's grid, and perhaps files of its labels' names",
    **IMPORT_ANSWERS,
    **READING_ANSWERS,
)


def annotation_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of painted slices."""
    router = APIRouter(prefix="/volumes/{volume_id}/annotations")
    _add_reading(router, services)
    _add_saving(router, services, work)
    _add_import(router, services, work, slots)
    return router


def _add_reading(router: APIRouter, services: Services) -> None:
    annotations = services.annotations

    @router.get("")
    def list_annotations(asker: Owner, volume_id: VolumeId) -> list[AnnotationAnswer]:
        """The latest version of every slice that was ever saved, without label maps."""
        return annotations.list_latest(asker, volume_id)

    @router.get(
        "/{plane}/{slice_index}",
        response_class=Response,
        responses=bytes_answer("label values, uint8, rows x columns in display orientation"),
    )
    def get_slice(
        asker: Owner,
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        version: QueryVersion = None,
    ) -> Response:
        """A version of a slice, by default the latest; X-Version and X-State say which it is."""
        annotation, data = annotations.get(asker, volume_id, plane, slice_index, version)
        headers = {
            "X-Version": str(annotation.version),
            "X-State": annotation.state,
            "Cache-Control": "no-store",
        }
        return BytesResponse(data, headers=headers)

    @router.get("/{plane}/{slice_index}/versions")
    def list_versions(
        asker: Owner, volume_id: VolumeId, plane: PathPlane, slice_index: PathSlice
    ) -> list[SliceVersionAnswer]:
        """The newest versions of a slice, newest first, without label maps."""
        return annotations.versions(asker, volume_id, plane, slice_index)


def _add_saving(router: APIRouter, services: Services, work: ApiWork) -> None:
    bodies = LargeBodies()

    @router.post("/{plane}/revert")
    async def revert_slices(
        asker: WritingOwner, volume_id: VolumeId, plane: PathPlane, body: RevertBody
    ) -> list[AnnotationAnswer]:
        """Turn slices, each named once, from a version to another one; what was changed since stays.

        The answer has the new versions. All slices are turned, or with an error none.
        """
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        # A large one, as of many slices each is unpacked and packed: that leaves threads for saving slices.
        return await work.write_large(services.annotations.revert, asker, volume_id, plane, body.slices)

    @router.put(
        "/{plane}/{slice_index}",
        openapi_extra=bytes_body("label values, uint8, rows x columns in display orientation; may be gzip"),
    )
    async def save_slice(
        asker: WritingOwner,
        volume_id: VolumeId,
        plane: PathPlane,
        slice_index: PathSlice,
        request: Request,
        base_version: BaseVersion,
        state: StateHeader = SliceState.PAINTED,
        origin: OriginHeader = None,
    ) -> SavedSliceAnswer:
        """Save a slice as its next version; X-Base-Version names the one that the paint started from."""
        shape, admit = await work.write(services.additions.on_slice, asker, volume_id, plane)
        largest = largest_body(shape)
        with bodies.hold() as count:
            sent = await read_body(request, largest, count)

            def save() -> SavedSliceAnswer:
                admit(len(sent))
                data = decode_body(request, sent, largest)
                return services.annotations.save(
                    asker, volume_id, plane, slice_index, data, state, base_version, origin
                )

            write = work.write if largest <= LARGE_SLICE_BYTES else work.write_large
            return await write(save)


def _add_import(router: APIRouter, services: Services, work: ApiWork, slots: UploadSlots) -> None:
    @router.post("/import", status_code=201, openapi_extra=LABEL_MAP_FORM)
    async def import_label_map(asker: WritingOwner, volume_id: VolumeId, request: Request) -> ImportAnswer:
        """Paint slices from a label map; what it leaves open is asked.

        It is answered with 409 and grid_choice, overlap_choice, plane_choice, label_choice, or paint_choice
        where slices that are painted or reviewed would change. A client that goes away before the answer
        leaves nothing behind.
        """
        async with received_label_map(services, work, slots, asker, volume_id, request) as (form, check):
            import_files = services.label_import.import_label_map
            answers: dict[str, Any] = {name: form.fields.get(name) for name in IMPORT_ANSWERS}
            answers |= {"how": answered_reading(form), "check": check}
            return await work.import_files(import_files, asker, volume_id, form.files, **answers)

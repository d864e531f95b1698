"""/api/volumes/{id}/reference and scores against it: of a mask, and of all volumes of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from backend.http.documents import bytes_answer, form_body
from backend.http.files import compressed_file, file_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.label_maps import READING_ANSWERS, answered_reading, received_label_map
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.schemas.references import (
    DEFAULT_TOLERANCE_MM,
    ImportedReferenceAnswer,
    QueryLeaveOut,
    QueryTolerance,
    ReferenceAnswer,
    ScoresAnswer,
)
from backend.schemas.requests import MaskId, ProjectId, VolumeId

if TYPE_CHECKING:
    from backend.services import Services

REFERENCE_FORM = form_body(
    "a label map on the volume's grid, and perhaps files of its labels' names",
    names="keep, take or new, or these by code as JSON, where codes have other names in the project",
    **READING_ANSWERS,
)


def reference_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of references and scores."""
    router = APIRouter()
    references = services.references

    @router.get("/volumes/{volume_id}/reference")
    def get_reference(asker: Owner, volume_id: VolumeId) -> ReferenceAnswer:
        """What the volume's masks are held against."""
        return references.get(asker, volume_id)

    @router.delete("/volumes/{volume_id}/reference", status_code=204)
    async def delete_reference(asker: WritingOwner, volume_id: VolumeId) -> None:
        """Forget the reference and all scores against it."""
        await work.write(references.delete, asker, volume_id)

    @router.get(
        "/volumes/{volume_id}/reference/voxels",
        response_class=Response,
        responses=bytes_answer("label values, uint8, X fastest"),
    )
    def reference_voxels(asker: Owner, volume_id: VolumeId, request: Request) -> Response:
        """The whole reference on the canonical grid."""
        return compressed_file(request, *references.compressed_voxels(asker, volume_id), lasting=False)

    _add_import(router, services, work, slots)
    _add_scores(router, services, work)
    return router


def _add_import(router: APIRouter, services: Services, work: ApiWork, slots: UploadSlots) -> None:
    @router.post("/volumes/{volume_id}/reference", status_code=201, openapi_extra=REFERENCE_FORM)
    async def import_reference(
        asker: WritingOwner, volume_id: VolumeId, request: Request
    ) -> ImportedReferenceAnswer:
        """Take a label map as the volume's reference.

        What it leaves open is asked with 409: grid_choice, overlap_choice or label_choice.
        """
        async with received_label_map(services, work, slots, asker, volume_id, request) as (form, check):
            import_files, how = services.references.import_reference, answered_reading(form)
            told = (form.files, form.fields.get("names"), how, check)
            return await work.import_files(import_files, asker, volume_id, *told)


def _add_scores(router: APIRouter, services: Services, work: ApiWork) -> None:
    scores = services.masks.scores

    @router.get("/masks/{mask_id}/scores")
    async def get_scores(
        asker: Owner,
        mask_id: MaskId,
        tolerance_mm: QueryTolerance = DEFAULT_TOLERANCE_MM,
        leave_out: QueryLeaveOut = False,
    ) -> ScoresAnswer:
        """How a mask scores against its volume's reference."""
        return await work.compute(asker.id, scores.of_mask, asker, mask_id, tolerance_mm, leave_out)

    @router.get(
        "/projects/{project_id}/scores",
        response_class=Response,
        responses=bytes_answer("the table", "text/csv"),
    )
    async def get_project_scores(asker: Owner, project_id: ProjectId) -> Response:
        """The scores of all volumes that have a reference, the worst first."""
        return file_answer(await work.compute(asker.id, services.exports.project_scores, asker, project_id))

    @router.get(
        "/projects/{project_id}/report",
        response_class=Response,
        responses=bytes_answer("the page", "text/html"),
    )
    async def get_project_report(asker: Owner, project_id: ProjectId) -> Response:
        """A page about the project: its volumes, what was found on them, and by which models."""
        make = services.project_reports.of_project
        return file_answer(await work.compute(asker.id, make, asker, project_id))

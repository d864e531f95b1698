"""/api/models and /api/projects/{id}/models: models as files, out of projects and into others."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from backend.asker import Asker
from backend.http.documents import bytes_answer, form_body
from backend.http.files import file_answer
from backend.http.identity import Owner, WritingOwner
from backend.http.multipart import ReceivedForm
from backend.http.uploads import UploadSlots, received_form
from backend.http.work import ApiWork
from backend.schemas.limits import MAX_MODEL_BYTES
from backend.schemas.model_files import (
    CheckedModelAnswer,
    ImportedModelAnswer,
    ModelFileAnswer,
    ModelId,
    QueryLine,
    QueryNote,
)
from backend.schemas.requests import ProjectId

if TYPE_CHECKING:
    from backend.services import Services

_ENVELOPE_BYTES = 64 * 1024
"""Of a form, beside the file."""


def model_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """Routes of model files."""
    router = APIRouter()
    models = services.model_files

    @router.get("/models/{model_id}")
    async def get_model(asker: Owner, model_id: ModelId) -> ModelFileAnswer:
        """What the model's file would hold."""
        return await work.compute(asker.id, models.describe, asker, model_id)

    @router.get("/models/{model_id}/file", response_class=Response, responses=bytes_answer("the file"))
    async def get_model_file(
        asker: Owner,
        model_id: ModelId,
        title: QueryLine = "",
        author: QueryLine = "",
        licence: QueryLine = "",
        note: QueryNote = "",
    ) -> Response:
        """The model as a file, with what is said of it here."""
        typed = (title, author, licence, note)
        return file_answer(await work.compute(asker.id, models.export, asker, model_id, *typed))

    @router.post("/projects/{project_id}/models/check", openapi_extra=form_body("the file of a model"))
    async def check_model(asker: WritingOwner, project_id: ProjectId, request: Request) -> CheckedModelAnswer:
        """What a file holds, and what its labels would become; nothing is kept."""
        async with _received(services, work, slots, asker, project_id, request) as form:
            return await work.import_files(models.check, asker, project_id, form.files)

    @router.post(
        "/projects/{project_id}/models",
        status_code=201,
        openapi_extra=form_body(
            "the file of a model",
            names="keep or new, or these by code as JSON, where codes have other names in the project",
        ),
    )
    async def import_model(
        asker: WritingOwner, project_id: ProjectId, request: Request
    ) -> ImportedModelAnswer:
        """Take a file as a model of the project; codes that mean another label are asked (label_choice)."""
        async with _received(services, work, slots, asker, project_id, request) as form:
            names = form.fields.get("names")
            return await work.import_files(models.import_model, asker, project_id, form.files, names)

    return router


def _received(
    services: Services, work: ApiWork, slots: UploadSlots, asker: Asker, project_id: str, request: Request
) -> AbstractAsyncContextManager[ReceivedForm]:
    """The form; its files are deleted afterwards."""
    admit = partial(services.additions.to_project, asker, project_id)
    new_folder = partial(services.volumes.new_upload_folder, asker, project_id)
    most = min(services.config.max_upload_bytes, MAX_MODEL_BYTES + _ENVELOPE_BYTES)
    return received_form(request, work, slots, asker.id, admit, new_folder, most)

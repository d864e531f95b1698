"""/infer: the mask of an image, sent when the run that makes it is done."""

from __future__ import annotations

import json
import secrets
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from backend.asker import Asker, Right
from backend.errors import InvalidRequestError
from backend.http.answers import JsonAnswer
from backend.http.departure import stopping_with_client
from backend.http.documents import bytes_answer, form_body
from backend.http.files import file_answer
from backend.http.identity import WritingOwner, asker_now
from backend.http.monai_label.receiving import received_scan
from backend.http.monai_label.requests import PROJECT, ImageQuery, ModelPath, Output, SessionQuery
from backend.http.monai_label.waiting import labelled
from backend.http.uploads import UploadSlots, received_form
from backend.http.work import ApiWork
from backend.schemas.requests import ProjectId
from backend.services.monai_label.results import OCTETS, InferenceResult, ResultForm, parse_params
from backend.services.monai_label.words import require_model

if TYPE_CHECKING:
    from backend.services import Services

_FORM = form_body(
    "an image, unless one is named",
    params="JSON: result_extension, result_dtype, result_compress; others make no difference",
)


def inference_routes(services: Services, work: ApiWork, slots: UploadSlots) -> APIRouter:
    """The route of results."""
    router = APIRouter(prefix=PROJECT)

    @router.post(
        "/infer/{model}",
        response_class=Response,
        responses=bytes_answer("parameters and file as a form, or one of them", "multipart/form-data"),
        openapi_extra=_FORM,
    )
    async def infer(
        asker: WritingOwner,
        project_id: ProjectId,
        model: ModelPath,
        request: Request,
        image: ImageQuery = "",
        session_id: SessionQuery = "",
        output: Output = Output.ALL,
    ) -> Response:
        """Label an image, one of the project or one that is sent, which becomes one of the project.

        A client that goes away before the answer cancels the run.
        """
        require_model(model)
        if session_id:
            raise InvalidRequestError("There are no sessions here: upload the image, and name it.")
        if image:
            text = await _params_of(services, work, slots, asker, project_id, request)
            volume = await run_in_threadpool(services.monai_label.images.find, asker, project_id, image)
            volume_id = volume.id
        else:  # it came with the request
            scan = await received_scan(services, work, slots, asker, project_id, request)
            text, volume_id = scan.params, scan.volume_id
        form = ResultForm.of(parse_params(text), output is Output.DICOM_SEG)
        await work.write(services.additions.on_volume, asker, volume_id, 0)
        async with stopping_with_client(request) as check:
            mask_id = await labelled(services, work, asker, volume_id, check)
        now = asker_now(request, services.logins).wanting(Right.READ)  # it took long: the login may be over
        make = services.monai_label.results.of_mask
        return _answer(await work.compute(asker.id, make, now, mask_id, form), output)

    return router


async def _params_of(
    services: Services, work: ApiWork, slots: UploadSlots, asker: Asker, project_id: str, request: Request
) -> str:
    """The parameters in the form of a request about an image of the project."""
    admit = partial(services.additions.to_project, asker, project_id)
    new_folder = partial(services.volumes.new_upload_folder, asker, project_id)
    most = services.config.max_upload_bytes
    async with received_form(request, work, slots, asker.id, admit, new_folder, most, False) as form:
        if form.files:
            raise InvalidRequestError("The model takes no scribbles, and one image: that which is named.")
        return form.fields.get("params", "")


def _answer(result: InferenceResult, output: Output) -> Response:
    if output is Output.JSON:
        return JsonAnswer(result.params)
    if output in (Output.IMAGE, Output.DICOM_SEG):
        return file_answer(result.file)
    return _form_answer(result)


def _form_answer(result: InferenceResult) -> Response:
    """Parameters and file as a form of two parts, written as MONAI Label's own server does.

    Some of its clients look for these very lines, and none of them unpacks a chunked answer.
    """
    boundary = secrets.token_hex(16)
    name = result.file.name.encode("ascii", "replace").decode("ascii").replace('"', "_")
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="params"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(result.params)}\r\n"
        f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
        f"Content-Type: {OCTETS}\r\n\r\n"
    )
    body = b"".join([head.encode("utf-8"), result.file.content, f"\r\n--{boundary}--\r\n".encode()])
    return Response(body, media_type=f"multipart/form-data; boundary={boundary}")

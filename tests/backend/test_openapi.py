"""The OpenAPI document of the API is right: what each route takes, answers and says of errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.http.routes import build_api
from backend.services import Services

METHODS = ("get", "post", "put", "patch", "delete")
BYTES = {"type": "string", "format": "binary"}
Operation = dict[str, Any]


@pytest.fixture
def document(services: Services) -> dict[str, Any]:
    return build_api(services).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, Operation]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def success(operation: Operation) -> tuple[str, dict[str, Any]]:
    """The status of a successful answer, and its content by media type."""
    (status,) = [code for code in operation["responses"] if code.startswith("2")]
    return status, operation["responses"][status].get("content", {})


ROUTES = {
    "GET /health",
    "GET /ready",
    "GET /system",
    "GET /terms",
    "POST /archives/{archive}/studies",
    "POST /archives/{archive}/series",
    "POST /projects/{project_id}/archives/{archive}/volumes",
    "GET /fetches/{fetch}",
    "POST /masks/{mask_id}/archives/{archive}",
    "POST /session",
    "GET /session",
    "DELETE /session",
    "POST /session/password",
    "GET /sessions",
    "DELETE /sessions",
    "POST /invitations",
    "POST /invitations/check",
    "POST /oidc",
    "POST /workspace",
    "GET /projects",
    "POST /projects",
    "GET /projects/{project_id}",
    "PATCH /projects/{project_id}",
    "PUT /projects/{project_id}/rules",
    "DELETE /projects/{project_id}",
    "GET /projects/{project_id}/members",
    "PUT /projects/{project_id}/members",
    "DELETE /projects/{project_id}/members/{account_id}",
    "GET /offers",
    "POST /projects/{project_id}/owner",
    "DELETE /projects/{project_id}/owner",
    "POST /projects/{project_id}/owner/accept",
    "POST /projects/{project_id}/owner/decline",
    "POST /projects/{project_id}/labels",
    "POST /projects/{project_id}/labels/restore",
    "GET /projects/{project_id}/models",
    "POST /projects/{project_id}/models",
    "POST /projects/{project_id}/models/check",
    "GET /models/{model_id}",
    "GET /models/{model_id}/file",
    "GET /deleted",
    "GET /projects/{project_id}/deleted",
    "POST /deleted/{deleted_id}/restore",
    "DELETE /deleted/{deleted_id}",
    "GET /deleted/{deleted_id}/thumbnail.png",
    "POST /masks/{mask_id}/current",
    "POST /volumes/{volume_id}/masks",
    "POST /projects/{project_id}/batches",
    "GET /projects/{project_id}/batches",
    "GET /batches/{batch_id}",
    "POST /batches/{batch_id}/cancel",
    "POST /batches/{batch_id}/resume",
    "POST /projects/{project_id}/volumes",
    "PATCH /labels/{label_id}",
    "DELETE /labels/{label_id}",
    "POST /uploads/{upload_id}",
    "GET /volumes/{volume_id}",
    "PATCH /volumes/{volume_id}",
    "DELETE /volumes/{volume_id}",
    "GET /volumes/{volume_id}/voxels",
    "GET /volumes/{volume_id}/colour/{slice_index}",
    "GET /volumes/{volume_id}/slices/{plane}/{slice_index}",
    "POST /volumes/{volume_id}/slices/{plane}/{slice_index}/outline",
    "GET /volumes/{volume_id}/preview.nii",
    "GET /volumes/{volume_id}/provenance",
    "GET /volumes/{volume_id}/thumbnail.png",
    "GET /volumes/{volume_id}/annotations",
    "POST /volumes/{volume_id}/annotations/import",
    "POST /volumes/{volume_id}/annotations/{plane}/revert",
    "GET /volumes/{volume_id}/annotations/{plane}/{slice_index}",
    "PUT /volumes/{volume_id}/annotations/{plane}/{slice_index}",
    "GET /volumes/{volume_id}/annotations/{plane}/{slice_index}/versions",
    "POST /volumes/{volume_id}/runs",
    "GET /volumes/{volume_id}/runs",
    "GET /runs/{run_id}",
    "POST /runs/{run_id}/cancel",
    "GET /masks/{mask_id}",
    "GET /masks/{mask_id}/voxels",
    "GET /masks/{mask_id}/confidence",
    "GET /masks/{mask_id}/meshes/{value}",
    "GET /masks/{mask_id}/download",
    "GET /volumes/{volume_id}/review",
    "GET /volumes/{volume_id}/review/record",
    "PUT /volumes/{volume_id}/review/slices/{plane}/{slice_index}",
    "POST /volumes/{volume_id}/review/ready",
    "POST /volumes/{volume_id}/review/withdraw",
    "POST /volumes/{volume_id}/review/accept",
    "POST /volumes/{volume_id}/review/send-back",
    "POST /volumes/{volume_id}/review/reopen",
    "POST /volumes/{volume_id}/comments",
    "POST /volumes/{volume_id}/comments/{comment_id}/replies",
    "PUT /volumes/{volume_id}/comments/{comment_id}/resolved",
    "GET /masks/{mask_id}/scores",
    "GET /projects/{project_id}/scores",
    "GET /projects/{project_id}/masks",
    "GET /projects/{project_id}/training-set",
    "GET /projects/{project_id}/report",
    "GET /volumes/{volume_id}/readings",
    "POST /volumes/{volume_id}/readings",
    "POST /volumes/{volume_id}/readings/finish",
    "POST /volumes/{volume_id}/readings/take-back",
    "POST /volumes/{volume_id}/readings/end",
    "GET /volumes/{volume_id}/readings/voxels",
    "GET /volumes/{volume_id}/readings/download",
    "GET /volumes/{volume_id}/agreement",
    "GET /volumes/{volume_id}/agreement/table",
    "POST /volumes/{volume_id}/merge",
    "GET /volumes/{volume_id}/reference",
    "GET /volumes/{volume_id}/reference/voxels",
    "POST /volumes/{volume_id}/reference",
    "DELETE /volumes/{volume_id}/reference",
}


def test_the_document_holds_every_route(document: dict[str, Any]) -> None:
    assert {name for name, _ in operations(document)} == ROUTES


def test_every_route_says_what_it_does(document: dict[str, Any]) -> None:
    assert [name for name, each in operations(document) if not each.get("summary")] == []
    assert [name for name, each in operations(document) if not each.get("description")] == []


def test_every_parameter_is_typed(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            schema = parameter["schema"]
            assert {"type", "$ref", "anyOf"} & set(schema), (name, parameter["name"])


def test_every_answer_is_a_model_or_bytes(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        status, content = success(operation)
        if status == "204":
            assert not content, name
            continue
        assert content, name
        for media_type, described in content.items():
            schema = described["schema"]
            if media_type == "application/json" and schema != BYTES:
                model = schema.get("items", schema).get("$ref", "").rsplit("/", 1)[-1]
                assert model.endswith(("Answer", "Summary")), name
            else:
                assert schema == BYTES, name


def test_every_body_is_a_model_a_form_or_bytes(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if not name.startswith(("POST", "PUT", "PATCH")):
            assert "requestBody" not in operation, name
            continue
        for media_type, described in operation["requestBody"]["content"].items():
            schema = described["schema"]
            if media_type == "application/json":
                models = [option.get("$ref", "") for option in schema.get("anyOf", [schema])]
                assert any(model.endswith("Body") for model in models), name
            elif media_type == "multipart/form-data":
                assert schema["properties"]["files"]["items"] == BYTES, name
            else:
                assert schema == BYTES, name


def test_errors_have_one_shape(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        failures = {code: answer for code, answer in operation["responses"].items() if code[0] in "45"}
        assert {"4XX", "5XX"} <= set(failures), name
        for code in ("4XX", "5XX"):
            schema = failures[code]["content"]["application/json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/ErrorAnswer"}, (name, code)
    error = document["components"]["schemas"]["ErrorFacts"]
    assert {"code", "message"} == set(error["required"])
    assert error["properties"]["code"] == {"$ref": "#/components/schemas/ErrorCode"}

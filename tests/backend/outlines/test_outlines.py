"""Outlines: asked for over HTTP, made in the worker, whatever becomes of it."""

from __future__ import annotations

import os
import re
import signal
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import Config
from backend.http import outlines as routes
from backend.jobs.supervisor import Supervisor
from backend.outlines.maker import OutlineMaker
from backend.outlines.messages import Question
from backend.services import Services
from fewshot_sam.data.planes import Plane
from fewshot_sam.data.volume import Volume
from fewshot_sam.data.windowing import Window, default_window
from tests.backend.data_folders import OWNER
from tests.backend.job_helpers import make_supervisor, set_behaviour, wait_for
from tests.backend.tiny import SHAPE, tiny_volume

BOX = {"box": [1, 1.5, 4, 4]}


def ask(client: TestClient, volume_id: str, body: Any, slice_index: int = 1, plane: str = "axial") -> Any:
    return client.post(f"/api/volumes/{volume_id}/slices/{plane}/{slice_index}/outline", json=body)


def test_the_cells_of_a_box(
    client: TestClient, services: Services, supervisor: Supervisor, volume_id: str
) -> None:
    answer = ask(client, volume_id, BOX)  # the worker has only just been started: it is waited for
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    columns, rows, _ = SHAPE
    bits = np.unpackbits(np.frombuffer(answer.content, np.uint8), count=rows * columns)
    expected = np.zeros((rows, columns), np.uint8)
    expected[1:4, 1:4] = 1
    np.testing.assert_array_equal(bits.reshape(rows, columns), expected)
    assert not any(ask(client, volume_id, {}).content)  # which only encodes the slice
    assert client.get("/api/system").json()["prompts"] == ["box"]
    assert services.annotations.list_latest(OWNER, volume_id) == []


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BOX | {"points": [{"column": 1, "row": 1}]}, "must be a box or points, not both"),
        ({"box": [1, 1, 7, 4]}, r"on 6 columns and 5 rows, got \[1, 1, 7, 4\]"),
        ({"box": [4, 1, 4, 4]}, r"\[left, top, right, bottom\]"),
        ({"box": [1, 1, 4]}, "malformed at body.box"),
        ({"box": [-1, 1, 4, 4]}, "malformed at body.box.0: Input should be greater"),
        ({"box": ["1", 1, 4, 4]}, "malformed at body.box.0"),
        ({"points": [{"column": 2, "row": 6}]}, "on 6 columns and 5 rows, got 2, 6"),
        ({"points": [{"column": 1, "row": 1}] * 33}, "at most 32 items"),
        ({"points": [{"column": 1, "row": 1, "z": 1}]}, "malformed at body.points.0.z"),
    ],
)
def test_a_prompt_must_lie_on_the_slice(
    client: TestClient, volume_id: str, body: dict[str, Any], message: str
) -> None:
    answer = ask(client, volume_id, body)
    assert answer.status_code == 400
    assert re.search(message, answer.json()["error"]["message"]), answer.text


def test_slices_and_volumes_that_are_not_there(client: TestClient, volume_id: str) -> None:
    answer = ask(client, volume_id, BOX, slice_index=4)
    assert answer.status_code == 400
    assert "must be from 0 to 3 in the axial plane, got 4" in answer.text
    assert ask(client, volume_id, BOX, plane="oblique").status_code == 400
    assert ask(client, "0" * 32, BOX).status_code == 404


def test_a_volume_of_another_owner_is_not_there(client: TestClient, services: Services) -> None:
    project = services.projects.create(Asker("someone else"), "Theirs").id
    theirs = services.volumes.add(Asker("someone else"), project, tiny_volume(), "tiny.nii").id
    assert ask(client, str(theirs), BOX).status_code == 404


class WindowsAsked:
    """Notes the windows that slices are outlined in."""

    def __init__(self) -> None:
        self.asked: list[Window] = []

    def outline(self, volume: Volume, window: Window, question: Question) -> np.ndarray:
        self.asked.append(window)
        return np.zeros((5, 6), bool)


def test_a_corrected_modality_changes_the_window_of_outlines(services: Services, volume_id: str) -> None:
    toolbox = WindowsAsked()
    maker = OutlineMaker(services.database, services.blobs, toolbox)  # type: ignore[arg-type]
    question = Question("local", volume_id, Plane.AXIAL, 1, (1.0, 1.5, 4.0, 4.0), (), until_s=0.0)
    maker.outline(question)
    services.volumes.change(OWNER, volume_id, modality="MR")
    maker.outline(question)
    assert toolbox.asked == [
        Window(-160, 240),
        default_window(services.volumes.open(OWNER, volume_id)),
    ]
    assert toolbox.asked[0] != toolbox.asked[1]


def test_prompts_that_the_encoder_does_not_answer_are_refused_in_words(
    client: TestClient, services: Services, supervisor: Supervisor, volume_id: str
) -> None:
    wait_for(lambda: services.outlines.link.prompts, bool)
    answer = ask(client, volume_id, {"points": [{"column": 1, "row": 1}]})
    assert answer.status_code == 422
    assert "was not trained on points. Draw a box" in answer.json()["error"]["message"]


def test_an_encoder_without_a_decoder_says_so(
    config: Config, client: TestClient, services: Services, volume_id: str
) -> None:
    set_behaviour(config, "no prompts")
    supervisor = make_supervisor(config, services)
    supervisor.start()
    wait_for(lambda: services.outlines.link.prompts, lambda prompts: prompts is not None)
    assert client.get("/api/system").json()["prompts"] == []
    answer = ask(client, volume_id, BOX)
    supervisor.stop()
    assert answer.status_code == 422
    assert "has no SAM decoder" in answer.json()["error"]["message"]


def test_a_fault_is_told_without_its_details(
    config: Config, client: TestClient, supervisor: Supervisor, volume_id: str
) -> None:
    set_behaviour(config, "outline bug")
    answer = ask(client, volume_id, BOX)
    assert answer.status_code == 422
    assert "details are in the worker's log" in answer.text
    assert "secret" not in answer.text


def test_a_worker_that_dies_is_followed_by_another(
    config: Config, client: TestClient, services: Services, supervisor: Supervisor, volume_id: str
) -> None:
    wait_for(lambda: services.outlines.link.prompts, bool)
    os.kill(supervisor.worker_pid or 0, signal.SIGKILL)
    assert ask(client, volume_id, BOX).status_code == 200
    set_behaviour(config, "outline dies once")
    assert ask(client, volume_id, BOX).status_code == 200
    set_behaviour(config, "outline dies")
    answer = ask(client, volume_id, BOX)
    set_behaviour(config, "")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "busy")


def test_without_a_worker_the_wait_has_an_end(
    client: TestClient, volume_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "WAIT_S", 0.05)
    answer = ask(client, volume_id, BOX)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "Try again" in answer.json()["error"]["message"]
    assert client.get("/api/system").json()["prompts"] is None


def test_one_owner_cannot_ask_for_many_at_once(
    client: TestClient, volume_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "MAX_ASKED_BY_ONE_OWNER", 0)
    assert ask(client, volume_id, BOX).status_code == 429
    monkeypatch.setattr(routes, "MAX_ASKED_BY_ONE_OWNER", 1)
    monkeypatch.setattr(routes, "MAX_ASKED", 0)
    assert ask(client, volume_id, BOX).status_code == 503

"""Names of patients, files, labels and projects are in no log: a canary is sent everywhere."""

from __future__ import annotations

import io
import logging
import os
import sys
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import Config
from backend.jobs.supervisor import Supervisor
from backend.logs import configure_logging, log_uncaught_errors, without_values
from backend.services import Services
from fewshot_sam.errors import ImageFormatError
from tests.backend.job_helpers import ended, paint, set_behaviour
from tests.backend.tiny import write_tiny_nifti
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom

CANARY = "Zaphod1955"
NAME = f"{CANARY}^Beeblebrox"


@pytest.fixture
def log(
    one_process: None, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[], str]]:
    """All that server and worker wrote: into their files, and to the terminal, which is a file here."""
    before = os.dup(2)
    with (tmp_path / "terminal").open("w") as terminal:
        os.dup2(terminal.fileno(), 2)
        monkeypatch.setattr(sys, "stderr", terminal)
        configure_logging(config.log_file)
        log_uncaught_errors()

        def read() -> str:
            terminal.flush()
            files = [tmp_path / "terminal", *sorted(config.log_file.parent.glob("*.log*"))]
            return "\n".join(path.read_text() for path in files)

        yield read
        os.dup2(before, 2)
        os.close(before)


def dicom_files(folder: Path) -> list[tuple[str, bytes]]:
    """A series of a patient with the canary's name; the last file is broken off in its pixels."""
    series = dicom_series(3, PatientName=NAME, PatientID=CANARY, SeriesDescription=f"CT of {CANARY}")
    paths = sorted(write_dicom(folder, series).iterdir())
    found = [(f"{CANARY}-{path.name}", path.read_bytes()) for path in paths]
    return [*found[:-1], (found[-1][0], found[-1][1][:-40])]


def zip_of(members: list[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members:
            archive.writestr(f"{CANARY}/{name}", content)
    return packed.getvalue()


def uploads(folder: Path) -> list[tuple[str, list[tuple[str, bytes]]]]:
    """What is sent, by what it is: good files and such that fail in different places."""
    nifti = write_tiny_nifti(folder / "v.nii").read_bytes()
    dicom = dicom_files(folder / "dicom")
    return [
        ("good", [(f"{CANARY}.nii", nifti)]),
        ("broken off", [(f"{CANARY}.nii.gz", nifti[:300])]),
        ("no image", [(f"{CANARY}.txt", CANARY.encode())]),
        ("series", dicom[:-1]),
        ("broken series", dicom),
        ("zip", [(f"{CANARY}.zip", zip_of(dicom))]),
        ("no zip", [(f"{CANARY}.zip", zip_of(dicom)[:-30])]),
        ("header", [(f"{CANARY}.nrrd", f"NRRD0004\ntype: {CANARY}\nsizes: 2 2 2\n\n".encode())]),
        ("odd names", [(f"../{CANARY}/\u202e{CANARY}\n.nii", nifti), (f"{CANARY}" * 40, b"x")]),
    ]


def send(client: TestClient, project: str, parts: list[tuple[str, bytes]]) -> httpx.Response:
    files = [("files", part) for part in parts]
    return client.post(f"/api/projects/{project}/volumes", files=files)  # type: ignore[return-value]


def test_imports_runs_and_errors_leave_no_name(
    client: TestClient, services: Services, config: Config, supervisor: Supervisor,
    log: Callable[[], str], tmp_path: Path,
) -> None:  # fmt: skip
    project = client.post("/api/projects", json={"name": f"Project of {CANARY}"}).json()["id"]
    value = client.post(f"/api/projects/{project}/labels", json={"name": CANARY}).json()["value"]
    answers = {what: send(client, project, parts) for what, parts in uploads(tmp_path)}
    assert answers["good"].status_code == answers["series"].status_code == 201
    assert sum(answer.status_code in (400, 409, 413, 422) for answer in answers.values()) >= 5
    assert any(
        CANARY in answer.text for answer in answers.values() if answer.status_code != 201
    )  # to the user
    volume = answers["good"].json()["id"]
    client.patch(f"/api/volumes/{volume}", json={"name": CANARY, "plane": CANARY})
    client.post(f"/api/projects/{project}/labels", json={"name": CANARY, "color": CANARY})
    client.post(f"/api/volumes/{volume}/runs", json={"kind": CANARY})
    client.post(f"/api/volumes/{volume}/annotations/import", files={"file": (f"{CANARY}.nii", b"no")})
    for url in (f"/api/{CANARY}", f"/{CANARY}", f"/api/volumes/{CANARY}", f"/static/{CANARY}.js"):
        client.get(url)
    paint(services, volume, value)
    for behaviour in ("", "user error", "bug", "disk full", "die"):
        set_behaviour(config, behaviour)
        run = services.runs.create(Asker("local"), volume, "propagate")
        ended(services, run.id)
    supervisor.stop()
    text = log()
    assert "Traceback" in text  # of the bug: something was logged
    assert CANARY not in text


def test_errors_that_nobody_foresaw_leave_no_name(
    client: TestClient, services: Services, log: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
) -> None:  # fmt: skip
    """Each of these texts has been seen in a library's error, with a file's or a patient's name in it."""
    raised = iter(
        [
            KeyError(NAME),
            ValueError(f"could not convert string to float: '{NAME}'"),
            RuntimeError(f"cannot read {tmp_path}/{CANARY}/x"),
            RuntimeError(f"bad file {CANARY}.nii.gz: it's too short"),
            FileNotFoundError(2, "No such file or directory", f"{CANARY}.dcm"),
            ImageFormatError(f"The series of {CANARY} is damaged."),
            UnicodeEncodeError("ascii", NAME, 0, 1, "ordinal not in range"),
            ExceptionGroup("several", [ValueError(f"'{CANARY}'"), OSError(f"first\n{CANARY}")]),
        ]
    )

    def fail(*_: object) -> None:
        try:
            raise next(raised)
        except Exception as error:
            raise RuntimeError(f"in '{CANARY}'") from error

    monkeypatch.setattr(services.projects, "list_all", fail)
    for number in range(8):
        assert client.get("/api/projects").status_code == 500, number
    text = log()
    assert text.count("RuntimeError") >= 16  # file and terminal
    assert "Errno 2" in text and "could not convert string to float" in text
    assert CANARY not in text.replace(Path(__file__).name, "")


def test_threads_and_foreign_loggers_leave_no_name(log: Callable[[], str]) -> None:
    def die() -> None:
        raise ValueError("'" + CANARY + "'")

    thread = threading.Thread(target=die)
    thread.start()
    thread.join()
    logging.getLogger("asyncio").error("Task exception was never retrieved: %r", ValueError(NAME))
    sys.excepthook(ValueError, ValueError(NAME), None)
    text = log()
    assert "a thread ends because of an error" in text and "the process ends" in text
    assert "Task exception was never retrieved" in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("database is locked", "database is locked"),
        (
            "UNIQUE constraint failed: label.project_id, label.value",
            "UNIQUE constraint failed: label.project_id, ...",
        ),
        ("expected scalar type Float but found Half", "expected scalar type Float but found Half"),
        ("size mismatch (3 vs 4.5) at 0.25", "size mismatch (3 vs 4.5) at 0.25"),
        (f"no '{CANARY}' here", "no ... here"),
        (f"an unended 'quote {CANARY}", "an unended ..."),
        (f"in /data/uploads/{'a' * 32}/{CANARY} x.dcm", f"in uploads/{'a' * 32}/(name left out)"),
        (f"file '/data/blobs/ab/{'c' * 64}.npy' is gone", f"file blobs/ab/{'c' * 64}.npy is gone"),
    ],
)
def test_what_stays_of_a_text(text: str, kept: str) -> None:
    assert without_values(text) == kept


def test_the_canary_is_in_what_is_sent(tmp_path: Path) -> None:
    for what, parts in uploads(tmp_path):
        name, content = parts[0]
        assert CANARY in name and (
            what in ("good", "broken off", "odd names", "no zip", "zip") or CANARY.encode() in content
        )

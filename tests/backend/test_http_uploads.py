"""Uploads as forms: odd forms are refused, odd file names are stored safely, and their number is bounded."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from backend.asker import Asker
from backend.config import GIGABYTE, Config
from backend.errors import BusyError, TooManyError
from backend.http.file_names import MAX_NAME_BYTES, FileNames
from backend.http.multipart import MAX_FIELDS
from backend.http.uploads import UploadSlots
from backend.http.work import ApiWork
from backend.services import Services
from fewshot_sam.data.file_names import safe_file_name
from tests.backend.tiny import write_tiny_nifti
from tests.event_loop import run_in_loop

QUICK = settings(max_examples=50, deadline=None)


def form(*parts: bytes, boundary: bytes = b"x") -> bytes:
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return body + b"--" + boundary + b"--\r\n"


def file_part(name: bytes, content: bytes = b"no image") -> bytes:
    return b'Content-Disposition: form-data; name="files"; filename="' + name + b'"\r\n\r\n' + content


def send(client: TestClient, project_id: str, body: bytes, content_type: str):  # type: ignore[no-untyped-def]
    return client.post(
        f"/api/projects/{project_id}/volumes",
        content=body,
        headers={"Content-Type": content_type.encode("latin-1")},
    )


@pytest.mark.parametrize(
    "boundary",
    ["", "b" * 71, "b" * 500, "\xff", "a\tb", '"unclosed', "a; boundary=b; charset=\xff", "=?utf-8?b?"],
)
def test_odd_boundaries_are_refused(
    client: TestClient, project_id: str, config: Config, boundary: str
) -> None:
    answer = send(client, project_id, form(file_part(b"a")), f"multipart/form-data; boundary={boundary}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_request")
    assert list(config.uploads_folder.iterdir()) == []


@pytest.mark.parametrize(
    "part",
    [
        b"\r\n\r\nno headers",
        b"Content-Disposition\r\n\r\nx",
        b": x\r\n\r\nx",
        b"X: y\r\n" * 10_000 + b"\r\nx",
        b"X: " + b"y" * 100_000 + b"\r\n\r\nx",
        b"Content-Disposition: form-data\r\n\r\nno name",
        b'Content-Disposition: form-data; name="' + b"n" * 5000 + b'"\r\n\r\nx',
        b"Content-Disposition: \xff\xfe; =;;\r\n\r\nx",
        b"Content-Disposition: form-data; filename*=utf-9'x'%ff\r\n\r\nx",
        b'Content-Disposition: form-data; name="a"\r\n\r\n' + b"x" * 20_000,
    ],
    ids=range(10),
)
def test_odd_parts_are_refused(client: TestClient, project_id: str, config: Config, part: bytes) -> None:
    answer = send(client, project_id, form(part), "multipart/form-data; boundary=x")
    assert answer.status_code in (400, 413, 422)
    assert answer.json()["error"]["message"].endswith(".")
    assert list(config.uploads_folder.iterdir()) == []


def test_fields_are_counted(client: TestClient, project_id: str) -> None:
    fields = [b'Content-Disposition: form-data; name="f%d"\r\n\r\nx' % i for i in range(MAX_FIELDS + 1)]
    answer = send(client, project_id, form(*fields, file_part(b"a")), "multipart/form-data; boundary=x")
    assert (answer.status_code, f"{MAX_FIELDS} fields at most" in answer.text) == (413, True)


def test_long_and_equal_names_do_not_meet(tmp_path: Path) -> None:
    names = FileNames(tmp_path)
    given = [
        "腹" * 200 + ".nii.gz",
        "a.dcm",
        "A.DCM",
        "x/a.dcm",
        "upload00001_a.dcm",
        "upload00002_a.dcm",
        "a.dcm",
        "\u00e9",
        "e\u0301",
    ]
    paths = [names.new_path(name) for name in given]
    for path in paths:
        path.touch(exist_ok=False)
    assert len({path.name.casefold() for path in paths}) == len(given)
    assert paths[0].name.endswith(".nii.gz")
    assert len(paths[0].name.encode()) <= MAX_NAME_BYTES


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\scans\\a.nii.gz", "a.nii.gz"),
        ("study/series/1.dcm", "1.dcm"),
        (".hidden", "hidden"),
        ("", "file"),
        ("a\x00b?.nii", "a_b_.nii"),
        ("Überweisung.nii", "Überweisung.nii"),
        ("x" * 400 + ".nii.gz", "x" * (MAX_NAME_BYTES - 7) + ".nii.gz"),
        ("肝" * 100 + ".nii.gz", "肝" * 82 + ".nii.gz"),
        ("nul.nii", "nul_.nii"),
        ("\u0645\u06cc\u200c\u062e.nii", "\u0645\u06cc\u200c\u062e.nii"),
        ("a\u202egnp.nii", "a_gnp.nii"),
        ("..", "file"),
        ("a.nii. .", "a.nii"),
        ("a\x9f\ufffd", "a__"),
        ("腹部.nii", "腹部.nii"),
    ],
)
def test_names_are_made_safe_cut_by_bytes_and_keep_their_ending(given: str, safe: str) -> None:
    assert safe_file_name(given) == safe


@QUICK
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=120))
def test_every_name_becomes_one_that_file_systems_take(name: str) -> None:
    safe = safe_file_name(name)
    assert 0 < len(safe.encode()) <= MAX_NAME_BYTES
    assert not set(safe) & set('<>:"/\\|?*\0\n\r')
    assert safe not in (".", "..")
    assert safe[0] != "."
    assert safe[-1] not in ". "
    assert safe_file_name(safe) == safe


LONGEST = "肝" * 82 + "x" + ".nii"  # 251 bytes
LONG_NAMES = [
    "Überweisung (2).nii",
    "全身 \U0001f468\u200d\U0001f469\u200d\U0001f467.nii",
    "صدر.nii",
    LONGEST,
]


@pytest.mark.parametrize("name", LONG_NAMES, ids=range(len(LONG_NAMES)))
def test_a_scan_is_called_what_its_file_is_called(
    client: TestClient, project_id: str, tmp_path: Path, name: str
) -> None:
    content = write_tiny_nifti(tmp_path / "a.nii").read_bytes()
    body = form(file_part(name.encode(), content))
    answer = send(client, project_id, body, "multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["name"]) == (201, name.removesuffix(".nii"))
    assert answer.json()["source_name"] == name


def test_files_of_equal_names_arrive_both(client: TestClient, services: Services, project_id: str) -> None:
    body = form(file_part(b"a"), file_part(b"A"), file_part(b"b/a"), file_part("ü".encode() * 300))
    answer = send(client, project_id, body, "multipart/form-data; boundary=x")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "user_error")


@pytest.fixture
def slots(tmp_path: Path) -> UploadSlots:
    config = dataclasses.replace(Config.for_home(tmp_path), multi_user=True, max_upload_bytes=GIGABYTE)
    return UploadSlots(config)


def test_one_owner_has_two_uploads_at_once(slots: UploadSlots) -> None:
    with slots.hold("a", 1, 0), slots.hold("a", 1, 0):
        with pytest.raises(TooManyError, match="At most 2 uploads"), slots.hold("a", 1, 0):
            pass
        with slots.hold("b", 1, 0):
            pass
    with slots.hold("a", 1, 0):
        pass


def test_uploads_together_are_bounded(slots: UploadSlots) -> None:
    with (
        slots.hold("a", None, 0),
        slots.hold("b", None, 0),
        slots.hold("c", GIGABYTE, 0),
        slots.hold("d", 5 * GIGABYTE, 0),
        pytest.raises(BusyError, match="already take 4 GB"),
        slots.hold("e", 1, 0),
    ):
        pass


def test_what_waits_on_the_disk_counts(slots: UploadSlots) -> None:
    with pytest.raises(BusyError, match="already take"), slots.hold("a", 1, 4 * GIGABYTE):
        pass


def test_an_upload_of_unknown_length_is_counted_as_it_comes(client: TestClient, project_id: str) -> None:
    def chunks() -> Iterator[bytes]:
        yield form(file_part(b"a"))

    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = client.post(f"/api/projects/{project_id}/volumes", content=chunks(), headers=headers)
    assert answer.status_code == 422


def test_choosing_series_counts_as_an_upload(
    client: TestClient, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One waiting upload could else be read by any number of requests, before all uploads of others."""
    held: list[str] = []
    hold = UploadSlots.hold

    def holding(slots: UploadSlots, owner: str, *sizes: int):  # type: ignore[no-untyped-def]
        held.append(owner)
        return hold(slots, owner, *sizes)

    monkeypatch.setattr(UploadSlots, "hold", holding)
    answer = client.post(f"/api/uploads/{'0' * 32}", json={"series_uid": "1.2.3"})
    assert (answer.status_code, len(held)) == (404, 1)


@pytest.mark.parametrize(("multi_user", "at_once"), [(True, 1), (False, 3)])
def test_one_owner_leaves_a_reader_to_others(tmp_path: Path, multi_user: bool, at_once: int) -> None:
    work = ApiWork.for_config(dataclasses.replace(Config.for_home(tmp_path), multi_user=multi_user))
    running: Counter[str] = Counter()
    most: Counter[str] = Counter()

    def read(asker: Asker) -> None:
        owner = asker.id
        running[owner] += 1
        most[owner] = max(most[owner], running[owner])
        time.sleep(0.1)
        running[owner] -= 1

    async def all_at_once() -> None:
        await asyncio.gather(*(work.import_files(read, Asker(owner)) for owner in ["a", "a", "a", "b"]))

    run_in_loop(all_at_once)
    assert most == {"a": at_once, "b": 1}

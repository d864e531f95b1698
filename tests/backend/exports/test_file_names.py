"""Names of downloads: of the scan, in its letters."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from urllib.parse import unquote

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from backend.exports.file_names import safe_stem
from backend.http.file_names import content_disposition
from backend.services import Services
from tests.backend.conftest import OWNER
from tests.backend.job_helpers import store_mask
from tests.backend.tiny import SHAPE

QUICK = settings(max_examples=50, deadline=None)

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@QUICK
@given(st.text(st.characters(), max_size=120))
def test_every_name_makes_a_file_name(name: str) -> None:
    stem = safe_stem(name)
    assert stem
    assert len(f"65535-{stem}-confidence.nii.gz".encode()) <= 255
    assert stem[0] not in "._-"
    assert not set(stem) & set('<>:"/\\|?*\0\n\r ')


@QUICK
@given(st.text(st.characters(categories=("L", "M", "N")), min_size=1, max_size=50))
def test_letters_of_every_script_stay(name: str) -> None:
    assert safe_stem(name) == name


@QUICK
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=80))
def test_the_header_of_a_download_carries_every_name(name: str) -> None:
    header = content_disposition(name)
    header.encode("ascii")
    assert re.fullmatch(r"attachment; filename=\"[\w.-]+\"; filename\*=UTF-8''[\w.~%-]*", header, re.ASCII)
    assert unquote(header.partition("UTF-8''")[2]) == name


def test_downloads_carry_the_name_of_the_scan_and_labels_keep_their_letters(
    client: TestClient, services: Services, volume_id: str, project_id: str
) -> None:
    names = ["Печень", "肝臓, 左", f"Kreuzbänder {FAMILY}"]
    labels = [services.labels.create(OWNER, project_id, name) for name in names]
    assert [label.name for label in labels] == names
    client.patch(f"/api/volumes/{volume_id}", json={"name": f"Überweisung 肝 {FAMILY}"})
    counted = [{**label.model_dump(), "voxels": 1, "volume_ml": 0.1} for label in labels]
    found = store_mask(services, volume_id, np.ones(SHAPE, np.uint8), counted)
    stem = f"Überweisung_肝_{FAMILY}"
    files = {"nifti": "mask.nii.gz", "bundle": "mask.zip", "labels": "labels.zip", "csv": "volumes.csv"}
    contents = {}
    for kind, file_name in files.items():
        answer = client.get(f"/api/masks/{found}/download", params={"format": kind})
        assert answer.status_code == 200
        disposition = answer.headers["content-disposition"]
        assert unquote(disposition.partition("UTF-8''")[2]) == f"{stem}-{file_name}"
        assert disposition.startswith('attachment; filename="Uberweisung_')
        contents[kind] = answer.content
    with zipfile.ZipFile(io.BytesIO(contents["bundle"])) as archive:
        assert archive.namelist()[0] == f"{stem}-mask.nii.gz"
        assert list(json.loads(archive.read(f"{stem}-mask.json")).values()) == names
    with zipfile.ZipFile(io.BytesIO(contents["labels"])) as archive:
        parts = ["001-Печень", "002-肝臓_左", f"003-Kreuzbänder_{FAMILY}"]
        assert archive.namelist() == [f"{part}.nii.gz" for part in parts]
    rows = list(csv.reader(io.StringIO(contents["csv"].decode("utf-8-sig"))))
    assert [row[1] for row in rows[1:]] == names

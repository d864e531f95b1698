"""``fewshot-sam archive``: a real archive (Orthanc) searched, fetched from and stored in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest

from backend.archive import main
from backend.archives.settings import VARIABLE
from tests.backend.orthanc import PASSWORD, STUDY, USER, Orthanc, running_orthanc
from tests.fewshot_sam.synthetic_files import dicom_series, write_dicom

SERIES = f"{STUDY}.1"


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with running_orthanc(tmp_path_factory.mktemp("orthanc")) as running:
        for file in dicom_series(2, SeriesDescription="Body"):
            running.put(file, SERIES)
        yield running


def name_archive(folder: Path, monkeypatch: pytest.MonkeyPatch, address: str, more: str = "") -> None:
    named = folder / "archives.toml"
    named.write_text(
        f'[archives.main]\nname = "PACS"\nurl = "{address}/dicom-web"\nuser = "{USER}"\n'
        f'password_env = "PACS_PASSWORD"\n{more}'
    )
    monkeypatch.setenv(VARIABLE, str(named))
    monkeypatch.setenv("PACS_PASSWORD", PASSWORD)


def test_there_and_back(
    orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name_archive(tmp_path, monkeypatch, orthanc.address, "store = true\n")
    said = lambda *words: (main(words), capsys.readouterr().out)  # noqa: E731
    assert said("list") == (0, f"main\tPACS\t{orthanc.address}/dicom-web\ttakes masks\n")
    study = f"{STUDY}\tP1\tM\u00fcller, Ada\t2026-02-03\tCT\t2\t-\n"
    for words in (
        [],
        ["--patient-name=M\u00fcll", "--from=2026-01-01"],
        ["--patient-id=P*", "--modality=CT"],
    ):
        assert said("search", "main", *words) == (0, study)
    assert said("search", "main", "--to=2025-01-01") == (0, "")
    assert said("search", "main", f"--study={STUDY}") == (0, f"{STUDY}\t{SERIES}\tCT\t2\t-\tBody\n")
    folder = tmp_path / "scan"
    assert said("fetch", "main", STUDY, SERIES, f"--output={folder}") == (0, f"2 files in {folder}\n")
    first, second = sorted(folder.iterdir())
    changed = pydicom.dcmread(first)
    changed.SOPInstanceUID = changed.file_meta.MediaStorageSOPInstanceUID = f"{SERIES}.9"
    changed.save_as(first)
    assert said("store", "main", str(first), str(second)) == (
        0, f"{first.name} is in study {STUDY}\n{second.name} is in study {STUDY}\n",
    )  # fmt: skip
    assert len(orthanc.objects("CT")) == 3
    (other,) = write_dicom(tmp_path / "other", dicom_series(1)).iterdir()
    assert main(["store", "main", str(other)]) == 2
    assert "PACS does not have the study" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["search", "nowhere"], "The archive must be one of main, got 'nowhere'"),
        (["search"], "got None"),
        (["search", "main", "1.2"], "It must be like 'search ARCHIVE'"),
        (["search", "main", "--from=soon"], "A day must be a date such as 2026-11-26, got 'soon'"),
        (["search", "main", "--study=../x"], "A UID must be digits with dots between"),
        (["search", "main"], "PACS cannot be reached"),
        (["fetch", "main", "1.2", "1.3"], "must have --output FOLDER"),
        (["fetch", "main", "1.2"], "It must be like 'fetch ARCHIVE STUDY SERIES"),
        (["fetch", "main", "1.2", "1.3", "--output=/"], "must be a new or empty folder, got /"),
        (["store", "main"], "with one DICOM file or more"),
        (["store", "main", "x.dcm"], "PACS takes nothing from here"),
    ],
)
def test_what_is_wrong_is_told(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name_archive(tmp_path, monkeypatch, "http://127.0.0.1:1")
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.startswith("fewshot_sam archive: ") and told in said and said.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "told"), [(b"", "must be a DICOM file"), (bytes(128) + b"DICM", "DICOM object that names")]
)
def test_no_dicom_is_not_stored(
    content: bytes,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name_archive(tmp_path, monkeypatch, "http://127.0.0.1:1", "store = true\n")
    path = tmp_path / "x.dcm"
    path.write_bytes(content)
    assert main(["store", "main", str(path)]) == 2
    assert told in capsys.readouterr().err


def test_without_archives_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert main(["list"]) == 2
    assert f"{VARIABLE} must name a file of archives" in capsys.readouterr().err

"""Orthanc with its plug-in for DICOMweb (Debian's orthanc and orthanc-dicomweb): a real archive for tests."""

from __future__ import annotations

import io
import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pydicom
import pytest
import requests

from backend.archives.settings import ArchiveSettings

STUDY = "1.2.826.0.1.3680043.9.1"
USER, PASSWORD = "sam", "p\u00e4ssword"
PLUGINS = ("/usr/lib/orthanc", "/usr/share/orthanc/plugins")
START_S = 20.0


@dataclass(frozen=True)
class Orthanc:
    """One that runs on this machine."""

    address: str

    def archive(self, **others: object) -> ArchiveSettings:
        """As an administrator would name it."""
        given = {"store": True, "user": USER, "password": PASSWORD, "timeout_s": 10.0, **others}
        return ArchiveSettings("main", "Test archive", f"{self.address}/dicom-web", **given)  # type: ignore[arg-type]

    def put(self, file: pydicom.FileDataset, series: str) -> str:
        """Store an image of STUDY, not by way of the program under test; its UID."""
        file.StudyInstanceUID, file.SeriesInstanceUID = STUDY, series
        file.SOPInstanceUID = file.file_meta.MediaStorageSOPInstanceUID
        file.SOPClassUID = file.file_meta.MediaStorageSOPClassUID
        file.SpecificCharacterSet = "ISO_IR 192"
        file.PatientID, file.PatientName, file.StudyDate = "P1", "M\u00fcller^Ada", "20260203"
        content = io.BytesIO()
        file.save_as(content)
        self._ask("POST", "/instances", content.getvalue())
        return str(file.SOPInstanceUID)

    def objects(self, modality: str) -> list[bytes]:
        """The files of all objects of a modality, as they are stored."""
        wanted = {"Level": "Instance", "Query": {"Modality": modality}}
        found = json.loads(self._ask("POST", "/tools/find", json.dumps(wanted).encode()))
        return [self._ask("GET", f"/instances/{each}/file") for each in found]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        login = (USER.encode(), PASSWORD.encode())
        answer = requests.request(method, f"{self.address}{path}", data=body, auth=login, timeout=10)
        answer.raise_for_status()
        return answer.content


@contextmanager
def running_orthanc(folder: Path) -> Iterator[Orthanc]:
    """Start one on a free port, with its files below ``folder``; skips where there is none."""
    program = shutil.which("Orthanc")
    plugins = [path for each in PLUGINS for path in Path(each).glob("libOrthancDicomWeb.so*")]
    if program is None or not plugins:
        pytest.skip(
            "Orthanc was not found: `make programs` installs it from Debian's orthanc, orthanc-dicomweb"
        )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "StorageDirectory": str(folder / "files"), "IndexDirectory": str(folder / "files"),
        "Plugins": [str(plugins[0])], "HttpPort": port, "DicomServerEnabled": False,
        "RemoteAccessAllowed": False, "AuthenticationEnabled": True, "RegisteredUsers": {USER: PASSWORD},
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }  # fmt: skip
    (folder / "settings.json").write_text(json.dumps(settings, ensure_ascii=False))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "settings.json")], stdout=log, stderr=log)
    try:
        _await_start(process, port)
        yield Orthanc(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        process.wait()


def _await_start(process: subprocess.Popen[bytes], port: int) -> None:
    ends_s = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < ends_s:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("Orthanc did not start")

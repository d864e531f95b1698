"""Traversal, script and formula strings wherever a name comes from outside: none escapes or computes."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx
import pydicom
from pydicom.dataset import Dataset

from benchmarks.attacks.cases import new_project, upload
from benchmarks.attacks.server import ROOT, AttackedServer
from benchmarks.torture.hostile_names import FORMULAS, SCRIPTS, TOKEN, TRAVERSALS
from benchmarks.torture.ledger import scan
from benchmarks.torture.office import find_office, live_in_office
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import checked, toy_server
from benchmarks.torture.valid_files import all_files
from benchmarks.torture.write_points import ended, label_map, save

IN_HOME = {
    "blobs", "bin", "cache", "checkpoints", "cookie.key", "data-folder.json", "fewshot-sam.sqlite3",
    "fewshot-sam.sqlite3-shm", "fewshot-sam.sqlite3-wal", "fits", "logs", "meshes", "order", "previews",
    "server-address", "server.lock", "tmp", "toy", "uploads",
}  # fmt: skip
LIVE = re.compile(r"^[\s\"]*[=+\-@\uff1d\uff0b\uff0d\uff20]")
_FILE_NAME = re.compile(r"filename\*?=(?:utf-8'')?\"?([^\";]+)", re.IGNORECASE)
Place = Callable[[httpx.Client, dict[str, Any], str], httpx.Response]


def try_names(folder: Path, count: int, seed: int) -> Found:
    """Give ``count`` of the strings to every place that takes a name."""
    strings = [*TRAVERSALS, *SCRIPTS, *FORMULAS][:count]
    found, server = Found(), toy_server(folder / "home")
    before = set(_tokens(folder))
    with server, server.visitor() as client:
        known = _known(client, seed)
        sent = 0
        for text in strings:
            for name, place in PLACES.items():
                answer = place(client, known, text)
                sent += 1
                if answer.status_code >= 500:
                    found.faults.append(f"{name} {text[:40]!r}: {answer.status_code} {answer.text[:100]}")
            found.faults += _downloads(client, known, text)
        found.faults += _escapes(folder, server, before)
        formulas = _live_formulas(client, known, folder)
        found.faults += [f"live formula: {cell!r}" for cell in formulas[0]]
    with server:  # a start puts away what failed imports left
        pass
    found.faults += [f"check: {fault}" for fault in checked(server.home)]
    found.figures = (
        f"{len(strings)} strings in {len(PLACES)} places, {sent} requests: {len(found.faults)} faults; "
        f"{len(FORMULAS)} formulas as names of label, volume and project: "
        f"{len(formulas[0])} live in CSV ({formulas[1]})"
    )
    return found


def _known(client: httpx.Client, seed: int) -> dict[str, Any]:
    project = new_project(client)
    label = client.post(f"/api/projects/{project}/labels", json={"name": "l"}).json()
    volume = upload(client, project, scan(seed)).json()["id"]
    save(client, volume, label["value"], 3).raise_for_status()
    run = client.post(f"/api/volumes/{volume}/runs", json={"kind": "propagate"}).json()
    return {"project": project, "label": label, "volume": volume, "mask": ended(client, run["id"])["mask_id"]}


def _named_file(client: httpx.Client, known: dict[str, Any], text: str) -> httpx.Response:
    """A scan whose file has the name, written into the form as it is."""
    name = (
        text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ").replace("\0", "")
    )
    boundary = "b" * 30
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{name}.nii"\r\n\r\n'
    body = head.encode("utf-8", "surrogatepass") + scan(5)[1] + f"\r\n--{boundary}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    return client.post(f"/api/projects/{known['project']}/volumes?again=1", content=body, headers=headers)


def _zip_member(client: httpx.Client, known: dict[str, Any], text: str) -> httpx.Response:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for name, content in all_files()["dicom explicit"].items():
            archive.writestr(f"{text}-{name}", content)
    return upload(client, known["project"], ("a.zip", held.getvalue()))


def _dicom_text(client: httpx.Client, known: dict[str, Any], text: str) -> httpx.Response:
    """One slice; every text of its header is the string."""
    content = all_files()["dicom explicit"]["0.dcm"]
    dataset: Dataset = pydicom.dcmread(io.BytesIO(content))
    dataset.SpecificCharacterSet = "ISO_IR 192"
    plain = text.replace("\\", "/").replace("\0", "")
    for name in ("PatientName", "SeriesDescription", "StudyDescription", "PatientID", "ProtocolName"):
        with pydicom.config.disable_value_validation():
            setattr(dataset, name, plain[:60])
    written = io.BytesIO()
    with pydicom.config.disable_value_validation():
        dataset.save_as(written, enforce_file_format=True)
    return upload(client, known["project"], ("a.dcm", written.getvalue()))


def _series(client: httpx.Client, known: dict[str, Any], text: str) -> httpx.Response:
    return client.post(f"/api/uploads/{'0' * 32}", json={"series_uid": text[:128]})


def _label_names(client: httpx.Client, known: dict[str, Any], text: str) -> httpx.Response:
    """A label map with a file of names beside it."""
    import json

    names = json.dumps({"1": text}).encode()
    files = [("files", label_map()), ("files", ("labels.json", names))]
    return client.post(f"/api/volumes/{known['volume']}/annotations/import", files=files)


PLACES: dict[str, Place] = {
    "file name": _named_file,
    "zip member": _zip_member,
    "DICOM text": _dicom_text,
    "series": _series,
    "names of labels": _label_names,
    "label": lambda client, known, text: client.patch(
        f"/api/labels/{known['label']['id']}", json={"name": text}
    ),
    "project": lambda client, known, text: client.patch(
        f"/api/projects/{known['project']}", json={"name": text}
    ),
    "volume": lambda client, known, text: client.patch(
        f"/api/volumes/{known['volume']}", json={"name": text}
    ),
    "path": lambda client, known, text: client.get(f"/static/{quote(text, safe='/%')}"),
    "format": lambda client, known, text: client.get(
        f"/api/masks/{known['mask']}/download", params={"format": text}
    ),
}
"""Where a name comes from outside."""


def _downloads(client: httpx.Client, known: dict[str, Any], text: str) -> Iterator[str]:
    """The name of a download, and of what is in a bundle, is one plain part of a path."""
    for kind in ("nifti", "bundle", "csv"):
        answer = client.get(f"/api/masks/{known['mask']}/download", params={"format": kind})
        told = answer.headers.get("content-disposition", "")
        names = [
            unquote(name) for name in re.findall(r"filename\*?=(?:utf-8'')?\"?([^\";]+)", told, re.IGNORECASE)
        ]
        if kind == "bundle" and answer.status_code == 200:
            names += zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
        if answer.status_code != 200 or not names:
            yield f"download {kind} of {text[:40]!r}: {answer.status_code} {answer.text[:80]}"
        for name in names:
            if re.search(r"[/\\\x00-\x1f]", name) or name.startswith(".") or name in ("", ".."):
                yield f"download {kind} of {text[:40]!r} is called {name!r}"


def _escapes(folder: Path, server: AttackedServer, before: set[str]) -> Iterator[str]:
    yield from (f"escaped: {path}" for path in set(_tokens(folder)) - before)
    yield from (
        f"in the data folder: {path.name}" for path in server.home.iterdir() if path.name not in IN_HOME
    )
    yield from (
        f"in the data folder: {path}"
        for name in ("blobs", "logs", "meshes", "previews")
        for path in (server.home / name).rglob(f"*{TOKEN}*")
    )


def _tokens(folder: Path) -> Iterator[str]:
    """Files that a traversal would have made."""
    for root in (Path("/"), Path("/tmp"), Path("/dev/shm"), Path.home(), ROOT, folder, folder.parent):
        if root.is_dir():
            yield from (str(path) for path in root.iterdir() if TOKEN in path.name)


def _live_formulas(client: httpx.Client, known: dict[str, Any], folder: Path) -> tuple[list[str], str]:
    """Cells of exported tables that a spreadsheet would compute, and how that was found out.

    Each formula is the name of label, volume and project at once.
    """
    tables = []
    for formula in FORMULAS:
        for place in ("label", "volume", "project"):
            PLACES[place](client, known, formula)
        answer = client.get(f"/api/masks/{known['mask']}/download", params={"format": "csv"})
        tables.append(answer.raise_for_status().content)
    live = [
        cell
        for table in tables
        for separator in ",;\t|"
        for row in csv.reader(io.StringIO(table.decode("utf-8-sig")), delimiter=separator)
        for cell in row
        if LIVE.match(cell)
    ]
    office = find_office()
    if office is None:
        return live, "each cell at four separators; LibreOffice not installed"
    live += live_in_office(office, tables, folder / "office")
    return live, "each cell at four separators, and in LibreOffice at each, links and scripts too"


NAMES = TortureRow(
    "0 escapes, 0 live formulas, no 5xx",
    len(TRAVERSALS) + len(SCRIPTS) + len(FORMULAS),
    "strings",
    try_names,
)

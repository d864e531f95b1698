"""Small files that unpack to gigabytes: refused in time, with little disk, and nothing stays."""

from __future__ import annotations

import gzip
import io
import struct
import time
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from benchmarks.attacks import inputs
from benchmarks.attacks.cases import new_project, said, upload
from benchmarks.attacks.inputs import MEBIBYTE, Upload
from benchmarks.attacks.server import AttackedServer, Sampler
from benchmarks.torture.row import Found, TortureRow
from benchmarks.torture.servers import leftover_files

LONGEST_S, MOST_BYTES = 5.0, 1024 * MEBIBYTE
PATIENCE_S = 10.0
GIBIBYTE = 2**30


def send_bombs(folder: Path, count: int, seed: int) -> Found:
    """Upload the first ``count`` bombs, one after the other, to one server."""
    found, longest_s, most_bytes, answers = Found(), 0.0, 0, []
    server = AttackedServer(folder / "home")
    with server, server.visitor() as client:
        project = new_project(client)
        for name, make in list(BOMBS_BY_NAME.items())[:count]:
            made = make()
            with Sampler(server) as sampler:
                started = time.monotonic()
                answer = upload(client, project, made)
                seconds = time.monotonic() - started
            longest_s, most_bytes = max(longest_s, seconds), max(most_bytes, sampler.peak.temporary_bytes)
            answers.append(
                f"{name}, {len(made[1]) / MEBIBYTE:.2f} MiB: {answer.status_code} in {seconds:.1f} s"
            )
            if not 400 <= answer.status_code < 500:
                found.faults.append(f"{name}: {said(answer)}")
            if seconds > LONGEST_S:
                found.faults.append(f"{name}: took {seconds:.1f} s")
            if sampler.peak.temporary_bytes > MOST_BYTES:
                found.faults.append(f"{name}: {sampler.peak.temporary_bytes / MEBIBYTE:.0f} MiB of disk")
            if left := _left(server.home):
                found.faults.append(f"{name}: left {left}")
        if not server.alive:
            found.faults.append("the server ended")
    disk = f"{most_bytes / MEBIBYTE:.0f} MiB"
    found.figures = f"{'; '.join(answers)}; longest {longest_s:.1f} s, most temporary disk {disk}"
    return found


def _left(home: Path) -> list[str]:
    deadline = time.monotonic() + PATIENCE_S
    while (left := leftover_files(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def zeros(unpacked_bytes: int) -> bytes:
    """Zeros, deflated without a header or with zlib's, see the callers."""
    compressor = zlib.compressobj(9)
    held = b"".join(compressor.compress(bytes(MEBIBYTE)) for _ in range(unpacked_bytes // MEBIBYTE))
    return held + compressor.flush()


def nested_zip(depth: int) -> Upload:
    """Zips in zips, sixteen of each kind, around 256 MiB of zeros: 16**depth times as much."""
    name, content = inputs.zip_of_zeros(256 * MEBIBYTE)
    for level in range(depth):
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            for number in range(16):
                archive.writestr(f"{level}-{number}.zip", content)
        content = held.getvalue()
    return f"nested-{name}", content


def overlapping_zip(unpacked_bytes: int) -> Upload:
    """A zip whose 200 entries share one block of compressed zeros."""
    name, content = inputs.zip_of_zeros(unpacked_bytes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entry = archive.infolist()[0]
        start = archive.start_dir
    local, directory = content[:start], content[start : content.rindex(b"PK\5\6")]
    assert entry.header_offset == 0  # noqa: S101 - all entries point there
    entries = directory * 200
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 200, 200, len(entries), len(local), 0)
    return f"overlapping-{name}", local + entries + end


def png(side: int) -> Upload:
    """A greyscale picture of side x side zeros."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">L", len(content)) + kind + content + struct.pack(">L", zlib.crc32(kind + content))
        )

    header = struct.pack(">2L5B", side, side, 8, 0, 0, 0, 0)
    rows = zeros(side * (side + 1) // MEBIBYTE * MEBIBYTE + MEBIBYTE)
    return "a.png", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def tiff(side: int) -> Upload:
    """A picture of side x side zeros in one deflated strip."""
    strip = zeros(side * side // MEBIBYTE * MEBIBYTE + MEBIBYTE)
    tags = [
        (256, side),
        (257, side),
        (258, 8),
        (259, 8),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, side),
        (279, len(strip)),
    ]
    entries = b"".join(struct.pack("<2H2L", tag, 4, 1, value) for tag, value in tags)
    folder = struct.pack("<H", len(tags)) + entries + struct.pack("<L", 0)
    return "a.tif", struct.pack("<2sHL", b"II", 42, 8 + len(strip)) + strip + folder


def gzip_in_gzip() -> Upload:
    """A NIfTI of 4 GiB, deflated twice."""
    name, content = inputs.nifti_of_zeros((1024, 1024, 2048))
    return name, gzip.compress(content, mtime=0)


def nrrd(unpacked_bytes: int) -> Upload:
    """A header that states few voxels, and gigabytes behind it."""
    side = 1024
    header = (
        f"NRRD0004\ntype: short\ndimension: 3\nsizes: {side} {side} {unpacked_bytes // side // side // 2}\n"
        "encoding: gzip\nendian: little\n\n"
    )
    held = io.BytesIO()
    with gzip.GzipFile(fileobj=held, mode="wb", mtime=0) as file:
        for _ in range(unpacked_bytes // MEBIBYTE):
            file.write(bytes(MEBIBYTE))
    return "a.nrrd", header.encode() + held.getvalue()


def metaimage(unpacked_bytes: int) -> Upload:
    """A MetaImage of zeros with zlib."""
    payload = zeros(unpacked_bytes)
    side = 1024
    header = (
        "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n"
        f"CompressedData = True\nCompressedDataSize = {len(payload)}\n"
        f"DimSize = {side} {side} {unpacked_bytes // side // side // 2}\nElementType = MET_SHORT\n"
        "ElementDataFile = LOCAL\n"
    )
    return "a.mha", header.encode() + payload


BOMBS_BY_NAME: dict[str, Callable[[], Upload]] = {
    "gzip of 3 GiB": lambda: inputs.nifti_of_zeros((1024, 1024, 1536)),
    "gzip twice": gzip_in_gzip,
    "zip of 2 GiB": lambda: inputs.zip_of_zeros(2 * GIBIBYTE),
    "zips in zips, 64 GiB": lambda: nested_zip(2),
    "zip of overlapping entries, 50 GiB": lambda: overlapping_zip(256 * MEBIBYTE),
    "deflated DICOM of 1.9 GiB": lambda: inputs.deflated_dicom(1945 * MEBIBYTE),
    "PNG of 30000 x 30000": lambda: png(30_000),
    "TIFF of 30000 x 30000": lambda: tiff(30_000),
    "NRRD of 4 GiB": lambda: nrrd(4 * GIBIBYTE),
    "MetaImage of 4 GiB": lambda: metaimage(4 * GIBIBYTE),
}

BOMBS = TortureRow(
    "refused within 5 s, temporary disk under 1 GB, nothing left", len(BOMBS_BY_NAME), "bombs", send_bombs
)

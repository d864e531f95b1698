"""NIfTI, DICOM, zip and picture files, and links, that point at the canary."""

from __future__ import annotations

import gzip
import io
import os
import stat
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MediaStorageDirectoryStorage

from tests.fewshot_sam.header_trick import ENVIRONMENT, HeaderTrick, Writer
from tests.fewshot_sam.synthetic_files import dicom_slice
from tests.fewshot_sam.tricks_of_headers import header_writer, metaimage_header, nrrd_header


def _nifti_bytes(magic: bytes, offset: float = 352.0, aux_file: bytes = b"") -> bytes:
    header = bytearray(348)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 4, 4, 4, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, 2, 8)  # uint8
    struct.pack_into("<8f", header, 76, 1, 1, 1, 1, 1, 1, 1, 1)
    struct.pack_into("<f", header, 108, offset)
    header[228 : 228 + len(aux_file[:24])] = aux_file[:24]
    struct.pack_into("<2h", header, 252, 1, 0)
    header[344 : 344 + len(magic)] = magic
    return bytes(header)


def nifti_tricks() -> list[HeaderTrick]:
    entity = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file://{}">]><CIFTI Version="2">&e;</CIFTI>'
    )

    def one(content: Callable[[Path], bytes], name: str = "image.nii") -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            whole = content(canary)
            (folder / name).write_bytes(gzip.compress(whole) if name.endswith("gz") else whole)
            return [folder / name]

        return write

    def extended(canary: Path) -> bytes:
        text = entity.replace(b"{}", os.fsencode(canary))
        text += bytes(-len(text) % 16 + 8)
        return (
            _nifti_bytes(b"n+1\0", 352.0 + 8 + len(text)) + b"\1\0\0\0"
            + struct.pack("<2i", 8 + len(text), 32) + text
        )  # fmt: skip

    def pair(header_name: str, linked: bool) -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            (folder / header_name).write_bytes(_nifti_bytes(b"ni1\0", 0.0))
            voxels = folder / "image.img"
            voxels.symlink_to(canary) if linked else voxels.write_bytes(bytes(64))
            return [folder / header_name, voxels]

        return write

    names_canary = lambda canary: _nifti_bytes(b"n+1\0", 352.0, os.fsencode(canary)) + bytes(4)  # noqa: E731
    return [
        HeaderTrick("nifti-pair-magic", one(lambda canary: _nifti_bytes(b"ni1\0", 0.0) + bytes(68))),
        HeaderTrick("nifti-pair-magic-packed", one(lambda canary: _nifti_bytes(b"ni1\0"), "image.nii.gz")),
        HeaderTrick("nifti-pair", pair("image.hdr", False)),
        HeaderTrick("nifti-pair-linked", pair("image.hdr", True), over_http=False),
        HeaderTrick("nifti-pair-as-nii-linked", pair("image.nii", True), over_http=False),
        HeaderTrick("nifti-aux-file", one(names_canary)),
        HeaderTrick("nifti-external-entity", one(extended)),
        HeaderTrick("nifti-negative-offset", one(lambda canary: _nifti_bytes(b"n+1\0", -64.0) + bytes(68))),
        HeaderTrick("nifti-offset-beyond", one(lambda canary: _nifti_bytes(b"n+1\0", 1e30) + bytes(68))),
    ]


def dicom_tricks() -> list[HeaderTrick]:
    def directory(reference: Callable[[Path, Path], list[str]]) -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            meta = FileMetaDataset()
            meta.TransferSyntaxUID = ExplicitVRLittleEndian
            meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
            record = Dataset()
            record.DirectoryRecordType = "IMAGE"
            dataset = FileDataset("", {}, file_meta=meta, preamble=bytes(128))
            dataset.DirectoryRecordSequence = [record]
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # no names that the standard allows
                record.ReferencedFileID = reference(folder, canary)
                dataset.save_as(folder / "DICOMDIR", enforce_file_format=False)
            return [folder / "DICOMDIR"]

        return write

    def pixels_elsewhere(syntax: str, **tags: object) -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            texts = {key: str(value).replace("{}", str(canary)) for key, value in tags.items()}
            dataset = dicom_slice(np.zeros((4, 4)), (0, 0, 0), BitsAllocated=8, **texts)
            del dataset.PixelData
            dataset.save_as(folder / "slice.dcm", enforce_file_format=True)
            content = (folder / "slice.dcm").read_bytes()
            plain = ExplicitVRLittleEndian.encode() + b"\0"
            (folder / "slice.dcm").write_bytes(
                content.replace(plain, syntax.encode().ljust(len(plain), b"\0"), 1)
            )
            return [folder / "slice.dcm"]

        return write

    plain, jpip = str(ExplicitVRLittleEndian), "1.2.840.10008.1.2.4.94"
    return [
        HeaderTrick("dicomdir-absolute", directory(lambda folder, canary: list(canary.parts))),
        HeaderTrick("dicomdir-relative", directory(lambda folder, canary: ["..", *canary.parts[-3:]])),
        HeaderTrick("dicomdir-slashes", directory(lambda folder, canary: [os.path.relpath(canary, folder)])),
        HeaderTrick("dicom-provider-url", pixels_elsewhere(plain, PixelDataProviderURL="file://{}")),
        HeaderTrick("dicom-provider-url-streamed", pixels_elsewhere(jpip, PixelDataProviderURL="file://{}")),
        HeaderTrick("dicom-retrieve-uri", pixels_elsewhere(plain, RetrieveURI="{}")),
    ]


def _png(value: int = 0) -> bytes:
    file = io.BytesIO()
    Image.new("L", (4, 4), value).save(file, "PNG")
    return file.getvalue()


def zip_tricks() -> list[HeaderTrick]:
    def archive(members: Callable[[Path], dict[str, bytes]], linked: bool = False) -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            with zipfile.ZipFile(folder / "scan.zip", "w") as packed:
                for name, content in members(canary).items():
                    entry = zipfile.ZipInfo(name)
                    entry.external_attr = ((stat.S_IFLNK if linked else stat.S_IFREG) | 0o777) << 16
                    packed.writestr(entry, content)
            return [folder / "scan.zip"]

        return write

    def nested(canary: Path) -> dict[str, bytes]:
        inner = io.BytesIO()
        with zipfile.ZipFile(inner, "w") as packed:
            packed.writestr(str(canary) + ".png", _png())
        return {"inner.zip": inner.getvalue(), "a.png": _png()}

    link = lambda name: lambda canary: {name: os.fsencode(canary)}  # noqa: E731
    header = lambda canary: {"a.mhd": metaimage_header(str(canary)), "a.nhdr": nrrd_header(str(canary))}  # noqa: E731
    return [
        HeaderTrick("zip-parent", archive(lambda canary: {"../" * 9 + str(canary)[1:] + ".png": _png()})),
        HeaderTrick("zip-absolute", archive(lambda canary: {str(canary) + ".png": _png()})),
        HeaderTrick("zip-backslashes", archive(lambda canary: {"..\\" * 9 + "a.png": _png()})),
        HeaderTrick("zip-drive", archive(lambda canary: {"C:\\a.png": _png()})),
        HeaderTrick("zip-link-picture", archive(link("a.png"), linked=True)),
        HeaderTrick("zip-link-tiff", archive(link("a.tif"), linked=True)),
        HeaderTrick("zip-link-dicom", archive(link("a.dcm"), linked=True)),
        HeaderTrick("zip-link-folder", archive(link("folder/"), linked=True)),
        HeaderTrick("zip-headers", archive(header)),
        HeaderTrick("zip-nested", archive(nested)),
    ]


def _tiff(offset: int, count: int) -> bytes:
    """4 x 4 pixels in one strip of ``count`` bytes at ``offset``."""
    tags = [(256, 4), (257, 4), (258, 8), (259, 1), (262, 1), (273, offset), (277, 1), (278, 4), (279, count)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4)


def picture_tricks() -> list[HeaderTrick]:
    def picture(name: str, content: Callable[[Path], bytes]) -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            (folder / name).write_bytes(content(canary))
            return [folder / name]

        return write

    texts = {
        "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file://{}"/></svg>',
        "postscript": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 4 4\n({}) run\n",
        "mvg": "push graphic-context\nimage over 0,0 0,0 'url(file://{})'\n",
        "xpm": '/* XPM */\nstatic char *x[] = {"4 4 1 1", "a c {}"};\n',
        "file-name": "{}\n",
    }
    tricks = [
        HeaderTrick(f"tiff-strip-{name}", picture("a.tif", lambda canary, strip=strip: _tiff(*strip)))
        for name, strip in {"beyond": (10**6, 16), "huge": (8, 2**32 - 1), "wraps": (2**32 - 16, 32)}.items()
    ]
    for ending in ("png", "tif"):
        tricks += [
            HeaderTrick(
                f"picture-{name}-as-{ending}",
                picture(f"a.{ending}", lambda canary, text=text: text.replace("{}", str(canary)).encode()),
            )
            for name, text in texts.items()
        ]
    return tricks


def link_tricks() -> list[HeaderTrick]:
    def linked(kind: str, make: Callable[[Path, Path], None], named: str = "voxels.raw") -> Writer:
        def write(folder: Path, canary: Path) -> list[Path]:
            make(folder, canary)
            header = (nrrd_header if kind == "nrrd" else metaimage_header)(named)
            return header_writer(kind, header)(folder, canary)

        return write

    def chain(folder: Path, canary: Path) -> None:
        (folder / "first").symlink_to(canary)
        (folder / "voxels.raw").symlink_to("first")

    makes: dict[str, Callable[[Path, Path], None]] = {
        "link": lambda folder, canary: (folder / "voxels.raw").symlink_to(canary),
        "link-chain": chain,
        "link-to-process": lambda folder, canary: (folder / "voxels.raw").symlink_to(ENVIRONMENT),
        "pipe": lambda folder, canary: os.mkfifo(folder / "voxels.raw"),
        "folder": lambda folder, canary: (folder / "voxels.raw").mkdir(),
    }
    tricks = [
        HeaderTrick(f"{kind}-{name}", linked(kind, make), over_http=False)
        for kind in ("nrrd", "metaimage")
        for name, make in makes.items()
    ]

    def link_folder(folder: Path, canary: Path) -> None:
        (folder / "sub").symlink_to(canary.parent)

    tricks.append(
        HeaderTrick(
            "metaimage-linked-folder", linked("metaimage", link_folder, "sub/voxels.raw"), over_http=False
        )
    )
    return tricks

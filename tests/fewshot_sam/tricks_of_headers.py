"""Headers of NRRD and MetaImage that name the canary as their data file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.fewshot_sam.header_trick import ENVIRONMENT, HOSTNAME, HeaderTrick, Writer


def nrrd_header(names: str | bytes, size: int = 4, encoding: str = "raw") -> bytes:
    names = names.encode("utf-8", "surrogateescape") if isinstance(names, str) else names
    lines = (
        f"NRRD0004\ntype: uchar\ndimension: 3\nsizes: {size} {size} {size}\nencoding: {encoding}\n".encode()
    )
    return lines + b"data file: " + names + b"\n"


def metaimage_header(names: str | bytes, size: int = 4, encoding: str = "raw") -> bytes:
    names = names.encode("utf-8", "surrogateescape") if isinstance(names, str) else names
    lines = f"ObjectType = Image\nNDims = 3\nDimSize = {size} {size} {size}\nElementType = MET_UCHAR\n"
    lines += "CompressedData = True\n" if encoding == "gzip" else ""
    return lines.encode() + b"ElementDataFile = " + names + b"\n"


def header_writer(
    kind: str, content: bytes | Callable[[Path, Path], bytes], decoys: Iterable[str] = ()
) -> Writer:
    """Writes one header, and decoys of the right size beside it."""

    def write(folder: Path, canary: Path) -> list[Path]:
        path = folder / ("image.nhdr" if kind == "nrrd" else "image.mhd")
        path.write_bytes(content(folder, canary) if callable(content) else content)
        beside = [folder / name for name in decoys]
        for decoy in beside:
            decoy.write_bytes(bytes(64))
        return [path, *beside]

    return write


SPELLINGS: dict[str, Callable[[Path, str], str]] = {
    "absolute": lambda canary, relative: str(canary),
    "relative": lambda canary, relative: relative,
    "relative-below-itself": lambda canary, relative: "x/../" + relative,
    "dot-slash": lambda canary, relative: "./" + relative,
    "double-slash": lambda canary, relative: "/" + str(canary),
    "file-url": lambda canary, relative: f"file://{canary}",
    "home": lambda canary, relative: "~/" + os.path.relpath(canary, Path.home()),
    "root-of-process": lambda canary, relative: f"/proc/self/root{canary}",
    "working-folder": lambda canary, relative: "/proc/self/cwd/" + os.path.relpath(canary),
    "quoted": lambda canary, relative: f'"{canary}"',
    "single-quoted": lambda canary, relative: f"'{canary}'",
    "trailing-blanks": lambda canary, relative: f"{canary}  \t",
    "leading-tab": lambda canary, relative: f"\t{canary}",
    "backslashes": lambda canary, relative: relative.replace("/", "\\"),
    "drive": lambda canary, relative: f"C:{canary}",
    "variable": lambda canary, relative: f"$PWD/{relative}",
    "zero-byte": lambda canary, relative: f"good.raw\0{canary}",
    "zero-byte-after": lambda canary, relative: f"{canary}\0good.raw",
    "full-width": lambda canary, relative: relative.replace(".", "\uff0e").replace("/", "\uff0f"),
    "division-slash": lambda canary, relative: relative.replace("/", "\u2215"),
    "overlong-utf8": lambda canary, relative: relative.replace("/", "\udcc0\udcaf"),
    "pattern": lambda canary, relative: f"{canary.parent}/%s 0 0 1",
    "pattern-number": lambda canary, relative: f"{str(canary)[:-1]}%d {str(canary)[-1]} {str(canary)[-1]} 1",
    "list": lambda canary, relative: f"LIST\n{canary}",
    "list-3": lambda canary, relative: f"LIST 3\n{canary}",
    "list-3d": lambda canary, relative: f"LIST 3D\n{canary}",
    "list-lower-case": lambda canary, relative: f"list\n{canary}",
    "list-tab": lambda canary, relative: f"LIST\t3\n{canary}",
    "local-and-name": lambda canary, relative: f"LOCAL {canary}",
    "two-names": lambda canary, relative: f"good.raw {canary}",
    "parent": lambda canary, relative: "..",
    "nothing": lambda canary, relative: "",
}
"""A canary's absolute and relative path to the name a header gives it."""


def named_file_tricks(kind: str, header: Callable[..., bytes]) -> list[HeaderTrick]:
    """The header names the canary, in every spelling, as its data file."""

    def named(spelling: Callable[[Path, str], str]) -> Callable[[Path, Path], bytes]:
        return lambda folder, canary: header(spelling(canary, os.path.relpath(canary, folder)))

    decoys = ("LIST", "LIST 3", "LIST 3D", "list", "good.raw", "LOCAL")
    tricks = [
        HeaderTrick(f"{kind}-{name}", header_writer(kind, named(spelling), decoys))
        for name, spelling in SPELLINGS.items()
    ]
    for name, target in (("hostname", HOSTNAME), ("environment", ENVIRONMENT), ("passwd", "/etc/passwd")):
        tricks.append(HeaderTrick(f"{kind}-{name}", header_writer(kind, header(target, size=2))))
    packed = lambda folder, canary: header(str(canary) + ".gz", encoding="gzip")  # noqa: E731
    return [*tricks, HeaderTrick(f"{kind}-packed-canary", header_writer(kind, packed))]


def _with_path(template: bytes) -> Callable[[Path, Path], bytes]:
    return lambda folder, canary: template.replace(b"{}", os.fsencode(canary))


def nrrd_structure_tricks() -> list[HeaderTrick]:
    start = nrrd_header("").removesuffix(b"data file: \n")
    decoy, real = b"data file: good.raw", b"data file: {}\n"
    contents = {
        "carriage-return": start + decoy + b"\r" + real,
        "carriage-returns-only": (start + real).replace(b"\n", b"\r"),
        "comment-carriage-return": start + b"# comment\r" + real + decoy + b"\n",
        "two-carriage-returns": start + decoy + b"\r\r\n" + real,
        "line-feed-of-unicode": start + decoy + "\u2028".encode() + real,
        "next-line": start + decoy + b"\xc2\x85" + real,
        "vertical-tab": start + decoy + b"\x0b" + real,
        "form-feed": start + decoy + b"\x0c" + real,
        "over-one-mebibyte": start + b"# x\n" * 2**18 + real,
        "twice": start + decoy + b"\n" + real,
        "twice-without-blank": start + decoy + b"\n" + real.replace(b"data file", b"datafile"),
        "twice-upper-case": start + decoy + b"\n" + real.upper().replace(b"DATA FILE: {}", b"DATA FILE: {}"),
        "upper-case": start + real.replace(b"data file", b"DATA FILE"),
        "tab-in-field": start + real.replace(b"data file", b"data\tfile"),
        "leading-blank": start + b" " + real,
        "key-and-value": start + b"data file:=good.raw\n" + real,
        "key-and-value-only": start + real.replace(b":", b":="),
        "no-blank-after-colon": start + real.replace(b": ", b":"),
        "line-of-blanks": start + b"   \n" + real,
        "behind-the-end": start + b"\n" + real + bytes(16),
        "mark-in-front": b"\xef\xbb\xbf" + start + real,
        "blank-line-in-front": b"\n" + start + real,
        "second-magic": start + b"\n" + start + real,
        "negative-skip": start + b"byte skip: -64\n" + real,
        "lookalike-field": start + real.replace(b"data", "d\u0430ta".encode()),
        "zero-in-field": start + real.replace(b"data", b"da\0ta"),
    }
    return [
        HeaderTrick(f"nrrd-{name}", header_writer("nrrd", _with_path(content), ["good.raw"]))
        for name, content in contents.items()
    ]


def metaimage_structure_tricks() -> list[HeaderTrick]:
    start = metaimage_header("").removesuffix(b"ElementDataFile = \n")
    local, real = (b"ElementDataFile = " + name for name in (b"LOCAL", b"{}\n"))
    voxels = bytes(64)
    contents = {
        "decoy-in-lower-case": start + local.lower() + b"\n" + real,
        "decoy-in-upper-case": start + local.upper() + b"\n" + real,
        "decoy-with-blanks": start + b"Element Data File = LOCAL\n" + real,
        "decoy-with-underscores": start + b"Element_Data_File = LOCAL\n" + real,
        "real-in-lower-case": start + real.replace(b"Element", b"element") + local + b"\n" + voxels,
        "carriage-return": start + local + b"\r" + real + voxels,
        "carriage-returns-only": (start + real).replace(b"\n", b"\r"),
        "comment-carriage-return": start + b"Comment = x\r" + real + local + b"\n" + voxels,
        "over-one-mebibyte": start + b"Comment = " + b"x" * 2**20 + b"\n" + real,
        "long-decoy": start + b"X = y\n" * 2**18 + real,
        "twice": start + local + b"\n" + real + voxels,
        "tabs": start + real.replace(b" = ", b"\t=\t"),
        "colon": start + real.replace(b" = ", b" : "),
        "no-blanks": start + real.replace(b" = ", b"="),
        "two-separators": start + real.replace(b" = ", b" = : "),
        "mark-in-front": b"\xef\xbb\xbf" + start + real,
        "mark-in-front-of-key": start + b"\xef\xbb\xbf" + local + b"\n" + real,
        "zero-in-key": start + local.replace(b"File", b"\0File") + b"\n" + real,
        "lookalike-key": start + local.replace(b"E", "\u0415".encode()) + b"\n" + real,
        "names-data-first": real + start,
        "two-carriage-returns": start + local + b"\r\r\n" + real,
        "vertical-tab": start + local + b"\x0b" + real,
        "negative-header-size": start + b"HeaderSize = -64\n" + real,
        "local-negative-header-size": start + b"HeaderSize = -1000\n" + local + b"\n" + voxels,
        "separator-missing": start + b"ElementDataFile {}\n" + local + b"\n" + voxels,
    }
    return [
        HeaderTrick(f"metaimage-{name}", header_writer("metaimage", _with_path(content), ["good.raw"]))
        for name, content in contents.items()
    ]

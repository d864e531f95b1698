"""What the reading child may reach, and how it gives up the rest.

With Landlock it reads its input, Python's libraries and this package, and writes its private
folder. With seccomp it has no network, no other program and no other process. Where the kernel
lacks one of them the other still holds; :class:`Confinement` says which are in force.
"""

from __future__ import annotations

import os
import site
import stat
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fewshot_sam.io.formats.registry import header_suffixes
from fewshot_sam.io.sandbox import landlock, seccomp

PACKAGE = Path(__file__).resolve().parents[2]

_MAX_FILES_BESIDE = 1000
_SYSTEM_LIBRARIES = (
    "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/local/lib64", "/nix/store",
    "/gnu/store", "/etc/ld.so.cache", "/usr/share/zoneinfo", "/etc/localtime", "/dev/urandom", "/dev/random",
)  # fmt: skip


@dataclass(frozen=True)
class Confinement:
    """What confines the reading process.

    Attributes:
        landlock: version of Landlock in force; 0 for none.
        seccomp: whether the filter of system calls is in force.
    """

    landlock: int
    seccomp: bool

    @property
    def complete(self) -> bool:
        """Whether it can reach neither other files nor the network."""
        return bool(self.landlock) and self.seccomp

    def __str__(self) -> str:
        if self.complete:
            return f"The reading process is confined by Landlock (version {self.landlock}) and seccomp."
        if self.landlock:
            return (
                f"The reading process is confined by Landlock (version {self.landlock}) only: "
                "seccomp is missing, so sockets other than TCP are open to it."
            )
        if self.seccomp:
            return (
                "The reading process has no network (seccomp), but this kernel has no Landlock, so a "
                "file that takes it over can read what the server can. Linux 5.13 or later has it."
            )
        return (
            "The reading process is not confined: this system has neither Landlock nor seccomp. "
            "Run the server on Linux 5.13 or later, or in a container of its own."
        )


def confine(inputs: Sequence[Path], folder: Path) -> Confinement:
    """Keep this process to reading ``inputs`` and libraries, and to ``folder``, from now on.

    Must run before other threads start and before any input is opened.

    Raises:
        OSError: the kernel has Landlock but refused the rules.
    """
    rules = [
        *((path, landlock.READ) for path in (*library_paths(), *readable_inputs(inputs))),
        (Path(os.devnull), landlock.READ | landlock.FileRights.WRITE_FILE),
        (folder, landlock.WORK),
    ]
    return Confinement(landlock.restrict(rules), seccomp.restrict())


def readable_inputs(inputs: Iterable[Path]) -> Iterator[Path]:
    """The files and folders to read, and the files beside a header that is the only file named."""
    named = list(inputs)
    yield from named
    if len(named) == 1 and named[0].name.lower().endswith(header_suffixes()):
        yield from _files_beside(named[0])


def library_paths() -> list[Path]:
    """Folders of Python, of installed packages and of shared libraries, and this package's own.

    Not the folder that holds this package, nor any other folder on Python's path: a checkout
    holds more than the program.
    """
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    found = [
        *_SYSTEM_LIBRARIES,
        *(str(Path(prefix, library)) for prefix in prefixes for library in ("lib", "lib64")),
        *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")),
        *(path for path in sys.path if is_package_folder(path)),
        *(path for path in os.environ.get("LD_LIBRARY_PATH", "").split(":") if _is_library_folder(path)),
        *([site.getusersitepackages()] if site.ENABLE_USER_SITE else []),
    ]
    return [*map(Path, dict.fromkeys(found)), PACKAGE]


def is_package_folder(path: str) -> bool:
    """Whether an entry of Python's path is one that packages are installed into."""
    if Path(path).name in ("site-packages", "dist-packages"):
        return True
    return Path(path).is_absolute() and any(Path(path).glob("*.dist-info"))  # pip install --target


def _is_library_folder(path: str) -> bool:
    return Path(path).is_absolute() and Path(path).name.startswith("lib")


def _files_beside(header: Path) -> Iterator[Path]:
    try:
        beside = sorted(header.parent.iterdir())
    except OSError:  # the reader says that the file does not exist
        return
    yield from [path for path in beside[:_MAX_FILES_BESIDE] if stat.S_ISREG(path.lstat().st_mode)]


def try_to_escape(canary: Path) -> dict[str, bool]:
    """Try to read a file that is no input and to make a socket; which of them worked."""
    import socket

    return {
        "file": _works(canary.read_bytes),
        "socket": _works(lambda: socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()),
    }


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True

"""How large an image from outside may be: voxels, slices, and bytes after unpacking.

The defaults follow the machine's memory and the number of bytes sent. Readers check what a header
states before they take memory for it, and count while they unpack.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fewshot_sam.data.resolution import half_shape
from fewshot_sam.errors import HalfChoiceError, ImageFormatError, UserError

_MAX_VOXELS = 2**30
_MAX_UNPACKED_BYTES = 8 * 2**30
_BYTES_A_VOXEL = 10
"""Stored voxels, the volume made of them and a working copy."""

HALF_IMAGE, HALF_LABELS, NEVER_HALF = "image", "labels", "never"
"""What is halved: an image, by means, or a label map, by the most frequent label; or it is not offered."""
_SMALLER = 8
"""How many voxels one stands for at half resolution."""
_UNKNOWN_MEMORY_BYTES = 8 * 2**30
_CGROUP_ROOT = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")


def machine_memory_bytes() -> int:
    """Memory this process may use: the machine's, or its control group's limit where that is lower.

    8 GiB where the system does not say.
    """
    found = [size for size in (_physical_memory_bytes(), _cgroup_limit_bytes()) if size]
    return min(found, default=_UNKNOWN_MEMORY_BYTES)


def _physical_memory_bytes() -> int | None:
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None
    return size if size > 0 else None


def _cgroup_limit_bytes() -> int | None:
    """The lowest limit of this process's control group and those around it (version 2, then 1)."""
    files = [_CGROUP_ROOT / "memory.max", _CGROUP_ROOT / "memory" / "memory.limit_in_bytes"]
    try:
        own = _OWN_CGROUP.read_text(encoding="ascii").strip().splitlines()
    except (OSError, UnicodeError):  # not Linux, or closed to this process
        own = []
    for line in own:
        controllers, _, group = line.partition(":")[2].partition(":")
        if not controllers:
            folder = _CGROUP_ROOT / group.lstrip("/")
            files += [parent / "memory.max" for parent in (folder, *folder.parents)]
    limits = [limit for file in dict.fromkeys(files) if (limit := _whole_number_in(file))]
    return min(limits, default=None)


def _whole_number_in(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):  # absent, closed, or "max"
        return None


def _default_max_voxels() -> int:
    return min(_MAX_VOXELS, machine_memory_bytes() // 2 // _BYTES_A_VOXEL)


def _default_max_unpacked_bytes() -> int:
    return min(_MAX_UNPACKED_BYTES, machine_memory_bytes() // 2)


@dataclass(frozen=True)
class ReadLimits:
    """Limits on one image that is read.

    Plain numbers only, so ``dataclasses.asdict`` takes them to another process.

    Attributes:
        max_voxels: of the volume; by default what fits in half of the memory, at most 2**30.
        max_slices: voxels along any axis.
        max_unpacked_bytes: what one file may unpack to at most, whatever its size.
        unpacked_ratio: bytes that one byte sent may unpack to...
        always_unpacked_bytes: ...and what any file may unpack to.
        half: open what has too many voxels at half resolution: :data:`HALF_IMAGE`, :data:`HALF_LABELS`, not
            unless it is chosen, or :data:`NEVER_HALF`.
    """

    max_voxels: int = field(default_factory=_default_max_voxels)
    max_slices: int = 4096
    max_unpacked_bytes: int = field(default_factory=_default_max_unpacked_bytes)
    unpacked_ratio: int = 200
    always_unpacked_bytes: int = 512 * 2**20
    half: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ReadLimits:
        """The defaults, changed by FEWSHOT_SAM_MAX_VOXELS, _MAX_SLICES and _MAX_UNPACKED_GB.

        FEWSHOT_SAM_MAX_UNPACKED_GB (GiB, fractions allowed) holds for every file, small ones too.

        Raises:
            UserError: a variable that is not a positive number.
        """
        changed: dict[str, Any] = {}
        if voxels := _positive(environment, "FEWSHOT_SAM_MAX_VOXELS", int):
            changed["max_voxels"] = int(voxels)
        if slices := _positive(environment, "FEWSHOT_SAM_MAX_SLICES", int):
            changed["max_slices"] = int(slices)
        if gib := _positive(environment, "FEWSHOT_SAM_MAX_UNPACKED_GB", float):
            changed["max_unpacked_bytes"] = changed["always_unpacked_bytes"] = int(gib * 2**30)
        return cls(**changed)

    def unpacked_bytes_for(self, sent_bytes: int) -> int:
        """What a file of ``sent_bytes`` may unpack to."""
        allowed = max(self.always_unpacked_bytes, self.unpacked_ratio * sent_bytes)
        return min(allowed, self.max_unpacked_bytes)

    def check_shape(self, shape: Sequence[int], file_name: str) -> None:
        """Raise ImageFormatError if an image of this shape has too many voxels, or is too long."""
        if max(shape) > self.max_slices or math.prod(shape) > self.max_voxels:
            said, limit = self._too_large(shape, file_name), self._passed(shape)
            raise ImageFormatError(f"{said} Open a part of it, or raise the limit ({limit}).")

    def _passed(self, shape: Sequence[int]) -> str:
        return f"FEWSHOT_SAM_MAX_{'SLICES' if max(shape) > self.max_slices else 'VOXELS'}"

    def _too_large(self, shape: Sequence[int], file_name: str) -> str:
        stated, voxels = " x ".join(map(str, shape)), math.prod(shape)
        if max(shape) > self.max_slices:
            return f"'{file_name}' must have at most {self.max_slices} voxels along each axis, got {stated}."
        limit = f"at most {self.max_voxels:,} voxels on this machine"
        return f"'{file_name}' must have {limit}, got {stated}, which is {voxels:,}."

    def halves(self, shape: tuple[int, int, int], file_name: str) -> bool:
        """Whether an image of this shape is read at half resolution, by a reader that can.

        Raises:
            HalfChoiceError: it is too large, would not be at half resolution, and that was not chosen.
            ImageFormatError: it is too large even so, or it is never halved.
        """
        smaller = half_shape(shape)
        too_large = max(smaller) > self.max_slices or math.prod(smaller) > self.max_voxels
        if too_large or self.half == NEVER_HALF:
            self.check_shape(shape, file_name)
        if max(shape) <= self.max_slices and math.prod(shape) <= self.max_voxels:
            return False
        if self.half:
            return True
        raise HalfChoiceError(
            f"{self._too_large(shape, file_name)} It can be opened at half resolution, with "
            f"{' x '.join(map(str, smaller))} voxels; masks are then exported on the grid of the file. "
            f"To open it whole, raise the limit ({self._passed(shape)})."
        )

    def check_streamed(self, unpacked_bytes: int, sent_bytes: int, file_name: str, *, halved: bool) -> None:
        """Like :meth:`check_unpacked`, of what is read bit by bit: if ``halved``, an eighth of it is held."""
        allowed = replace(self, max_unpacked_bytes=_SMALLER * self.max_unpacked_bytes) if halved else self
        allowed.check_unpacked(unpacked_bytes, sent_bytes, file_name)

    def check_unpacked(self, unpacked_bytes: int, sent_bytes: int, file_name: str) -> None:
        """Raise ImageFormatError if a file of ``sent_bytes`` may not unpack to ``unpacked_bytes``."""
        if unpacked_bytes > self.unpacked_bytes_for(sent_bytes):
            raise self.too_much_unpacked(f"{size_text(unpacked_bytes)}", sent_bytes, file_name)

    def too_much_unpacked(self, found: str, sent_bytes: int, file_name: str) -> ImageFormatError:
        """The error for a file that unpacks to ``found``, which is more than is allowed."""
        return ImageFormatError(
            f"'{file_name}' unpacks to {found}, but the limit is "
            f"{size_text(self.unpacked_bytes_for(sent_bytes))} for a file of {size_text(sent_bytes)}. Open a "
            "smaller volume, send it with less compression, or raise the limit (FEWSHOT_SAM_MAX_UNPACKED_GB)."
        )


def _positive(environment: Mapping[str, str], name: str, kind: Callable[[str], float]) -> float | None:
    text = environment.get(name, "").strip()
    if not text:
        return None
    try:
        number = kind(text)
    except ValueError:
        number = 0
    if not (number > 0 and math.isfinite(number)):
        whole = "whole " if kind is int else ""
        raise UserError(f"{name} must be a {whole}number above 0, got '{text[:40]}'.")
    return number


def size_text(count_bytes: int) -> str:
    """A number of bytes for people, with three digits."""
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count_bytes >= unit:
            number = count_bytes / unit
            return f"{number:.0f} {name}" if number >= 999.5 else f"{number:.3g} {name}"
    return f"{count_bytes} bytes"

"""Limits on voxels, slices and unpacked bytes: where they come from, and how NIfTI keeps them."""

from __future__ import annotations

import dataclasses
import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.cli.inputs import load_image
from fewshot_sam.errors import ImageFormatError, UserError
from fewshot_sam.io import limits as limits_module
from fewshot_sam.io import load_volume
from fewshot_sam.io.limits import ReadLimits, machine_memory_bytes
from tests.fewshot_sam.memory import MIB, SMALL, memory_below
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti


def zeros_gz(path: Path, shape: tuple[int, int, int], tail: bytes = b"") -> Path:
    """A .nii.gz of zeros that states ``shape`` in uint8."""
    empty = write_nifti(
        path.with_name("empty.nii"), np.zeros((1, 1, 1), np.uint8), dim=[3, *shape, 1, 1, 1, 1]
    ).read_bytes()[:352]
    path.write_bytes(gzip.compress(empty + bytes(int(np.prod(shape))) + tail))
    return path


def test_defaults_follow_the_machine() -> None:
    limits = ReadLimits()
    assert limits.max_slices == 4096
    assert 0 < limits.max_voxels <= 2**30
    assert limits.max_voxels * 10 <= machine_memory_bytes() / 2
    assert limits.max_unpacked_bytes <= machine_memory_bytes() / 2
    assert limits.unpacked_bytes_for(3 * MIB) == min(600 * MIB, limits.max_unpacked_bytes)
    assert limits.unpacked_bytes_for(10) == min(512 * MIB, limits.max_unpacked_bytes)
    assert limits.unpacked_bytes_for(2**40) == limits.max_unpacked_bytes
    assert ReadLimits(**dataclasses.asdict(limits)) == limits


def test_memory_limit_of_the_control_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, own = tmp_path / "cgroup", tmp_path / "own"
    (root / "app" / "worker").mkdir(parents=True)
    own.write_text("0::/app/worker\n")
    monkeypatch.setattr(limits_module, "_CGROUP_ROOT", root)
    monkeypatch.setattr(limits_module, "_OWN_CGROUP", own)
    monkeypatch.setattr(limits_module, "_physical_memory_bytes", lambda: 16 * 2**30)
    assert machine_memory_bytes() == 16 * 2**30
    (root / "app" / "worker" / "memory.max").write_text("max\n")
    (root / "app" / "memory.max").write_text(f"{2**30}\n")
    assert machine_memory_bytes() == 2**30
    assert ReadLimits().max_voxels == 2**29 // 10
    assert ReadLimits().max_unpacked_bytes == 2**29
    own.unlink()
    (root / "memory").mkdir()
    (root / "memory" / "memory.limit_in_bytes").write_text(f"{2**32}\n")
    assert machine_memory_bytes() == 2**32
    monkeypatch.setattr(limits_module, "_physical_memory_bytes", lambda: None)
    (root / "memory" / "memory.limit_in_bytes").unlink()
    assert machine_memory_bytes() == 8 * 2**30


def test_limits_from_the_environment() -> None:
    assert ReadLimits.from_environment({"FEWSHOT_SAM_MAX_SLICES": ""}) == ReadLimits()
    limits = ReadLimits.from_environment(
        {
            "FEWSHOT_SAM_MAX_VOXELS": "5000",
            "FEWSHOT_SAM_MAX_SLICES": " 30 ",
            "FEWSHOT_SAM_MAX_UNPACKED_GB": "0.25",
        }
    )
    assert (limits.max_voxels, limits.max_slices) == (5000, 30)
    assert limits.unpacked_bytes_for(10) == limits.unpacked_bytes_for(2**40) == 256 * MIB


def test_the_command_line_follows_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_nifti(tmp_path / "scan.nii", random_voxels())
    assert load_image(path).shape == (5, 6, 7)
    monkeypatch.setenv("FEWSHOT_SAM_MAX_SLICES", "6")
    with pytest.raises(ImageFormatError, match="at most 6 voxels along each axis, got 5 x 6 x 7"):
        load_image(path)


@pytest.mark.parametrize("text", ["0", "-3", "many", "1.5", "nan", "inf", "9" * 5000])
def test_variables_that_are_no_positive_number(text: str) -> None:
    with pytest.raises(UserError, match="FEWSHOT_SAM_MAX_SLICES must be a whole number above 0, got"):
        ReadLimits.from_environment({"FEWSHOT_SAM_MAX_SLICES": text})
    if text != "1.5":
        with pytest.raises(UserError, match="FEWSHOT_SAM_MAX_UNPACKED_GB must be a number above 0, got"):
            ReadLimits.from_environment({"FEWSHOT_SAM_MAX_UNPACKED_GB": text})


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_kilobyte_of_twenty_thousand_slices(tmp_path: Path, name: str) -> None:
    content = write_nifti(tmp_path / "scan.nii", np.zeros((8, 8, 20000), np.uint8)).read_bytes()
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    with pytest.raises(
        ImageFormatError,
        match=r"at most 4096 voxels along each axis, got 8 x 8 x 20000\..*FEWSHOT_SAM_MAX_SLICES",
    ):
        load_volume(tmp_path / name)
    limits = ReadLimits.from_environment({"FEWSHOT_SAM_MAX_SLICES": "20000"})
    assert load_volume(tmp_path / name, limits=limits).shape == (8, 8, 20000)


def test_voxels(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "scan.nii", np.zeros((20, 20, 3), np.uint8))
    with pytest.raises(
        ImageFormatError, match=r"at most 1,000 voxels .* which is 1,200\..*FEWSHOT_SAM_MAX_VOXELS"
    ):
        load_volume(path, limits=SMALL)


def test_a_megabyte_that_states_a_gigabyte(tmp_path: Path) -> None:
    """Refused from the header: nothing is inflated and no memory taken."""
    path = zeros_gz(tmp_path / "scan.nii.gz", (100, 100, 100))
    limits = dataclasses.replace(ReadLimits(), max_unpacked_bytes=500_000)
    with (
        memory_below(400_000),
        pytest.raises(
            ImageFormatError,
            match=r"unpacks to 977 KiB, but the limit is 488 KiB for a file of .*FEWSHOT_SAM_MAX_UNPACKED_GB",
        ),
    ):
        load_volume(path, limits=limits)


def test_nothing_behind_the_last_voxel_is_inflated(tmp_path: Path) -> None:
    """Gigabytes may follow a small volume; here 64 MiB, and then bytes that cannot be inflated."""
    whole = write_nifti(tmp_path / "whole.nii", random_voxels()).read_bytes()
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    packed = packer.compress(whole) + packer.compress(bytes(64 * MIB)) + packer.flush(zlib.Z_FULL_FLUSH)
    path = tmp_path / "scan.nii.gz"
    path.write_bytes(packed + b"\xff" * 100)
    with memory_below(4 * MIB):
        volume = load_volume(path)
    np.testing.assert_array_equal(volume.voxels, random_voxels())


@pytest.mark.parametrize("damage", ["checksum", "length", "cut"])
def test_a_damaged_end_is_still_noticed(tmp_path: Path, damage: str) -> None:
    packed = gzip.compress(write_nifti(tmp_path / "whole.nii", random_voxels()).read_bytes())
    ends = {
        "checksum": packed[:-8] + bytes(4) + packed[-4:],
        "length": packed[:-4] + bytes(4),
        "cut": packed[:-6],
    }
    (tmp_path / "scan.nii.gz").write_bytes(ends[damage])
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(tmp_path / "scan.nii.gz")


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    whole = write_nifti(tmp_path / "whole.nii", random_voxels()).read_bytes()
    members = [gzip.compress(whole[:100]), gzip.compress(b""), gzip.compress(whole[100:]), gzip.compress(b"")]
    (tmp_path / "scan.nii.gz").write_bytes(b"".join(members) + bytes(50))
    np.testing.assert_array_equal(load_volume(tmp_path / "scan.nii.gz").voxels, random_voxels())
    (tmp_path / "scan.nii.gz").write_bytes(gzip.compress(whole[:400]) + gzip.compress(b"") * 1100)
    with pytest.raises(ImageFormatError, match="truncated or damaged"):
        load_volume(tmp_path / "scan.nii.gz")


def test_a_long_header_extension_is_passed_over(tmp_path: Path) -> None:
    whole = write_nifti(tmp_path / "whole.nii", random_voxels()).read_bytes()
    header = bytearray(whole[:352])
    header[108:112] = np.float32(352 + 8 * MIB).tobytes()
    header[348] = 1
    for name, content in {"a.nii": bytes, "b.nii.gz": gzip.compress}.items():
        (tmp_path / name).write_bytes(content(bytes(header) + b"\x01" * (8 * MIB) + whole[352:]))
        with memory_below(4 * MIB):
            np.testing.assert_array_equal(load_volume(tmp_path / name).voxels, random_voxels())
    with pytest.raises(ImageFormatError, match=r"'b\.nii\.gz' unpacks to 8 MiB, but the limit is 2 MiB"):
        load_volume(tmp_path / "b.nii.gz", limits=SMALL)


@pytest.mark.parametrize("offset", [0.0, 16.0, -1.0, np.nan, np.inf, 1e30])
def test_offsets_that_cannot_be(tmp_path: Path, offset: float) -> None:
    path = write_nifti(tmp_path / "scan.nii", random_voxels())
    content = bytearray(path.read_bytes())
    content[108:112] = np.float32(offset).tobytes()
    path.write_bytes(content)
    with pytest.raises(ImageFormatError, match=r"damaged|not a readable NIfTI"):
        load_volume(path)


def test_header_of_a_pair(tmp_path: Path) -> None:
    path = write_nifti(tmp_path / "scan.nii", random_voxels())
    path.write_bytes(path.read_bytes().replace(b"n+1\0", b"ni1\0"))
    (tmp_path / "scan.img").write_bytes(bytes(1000))
    with pytest.raises(ImageFormatError, match=r"is the header of an \.img file\. Give it the ending \.hdr"):
        load_volume(path)


def test_sizes_are_told_without_exponents() -> None:
    error = ReadLimits().too_much_unpacked("1000 MiB", 1000 * MIB, "a.nii.gz")
    assert "for a file of 1000 MiB" in str(error)

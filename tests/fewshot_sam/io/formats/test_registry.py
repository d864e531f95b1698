"""The formats by name of the file; one more is a file and a line in the registry."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.cli.main import build_parser
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from fewshot_sam.io.formats import registry
from fewshot_sam.io.formats.base import Format, FormatKind
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The plug-in, registered for one test."""
    line = Format(
        "Toy", "tests.fewshot_sam.plugins.raw_format", FormatKind.FILE, (".toy",), written_suffixes=(".toy",)
    )
    monkeypatch.setitem(registry.FORMATS, "toy", line)


@pytest.mark.usefixtures("toy")
def test_a_format_is_one_file_and_one_line(tmp_path: Path) -> None:
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels((4, 5, 6))))
    label_map = (volume.voxels > 0).astype(np.uint8) * 3
    save_label_map(label_map, volume, tmp_path / "mask.TOY")
    np.testing.assert_array_equal(load_label_map(tmp_path / "mask.TOY", volume), label_map)
    read = load_volume(tmp_path / "mask.TOY")
    assert (read.name, read.shape) == ("mask", volume.shape)
    np.testing.assert_allclose(read.affine, volume.affine)
    with pytest.raises(ImageFormatError, match=r"One volume must be opened at a time, got 2 files"):
        load_volume([tmp_path / "mask.TOY", tmp_path / "scan.nii"])


@pytest.mark.usefixtures("toy")
def test_the_command_line_takes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["propagate", "a.toy", "--annotations", "b.toy", "--output", "c.toy"]
    assert build_parser().parse_args(command).output == Path("c.toy")
    with pytest.raises(SystemExit):
        build_parser().parse_args(["propagate", "--help"])
    assert ".par or .toy file" in " ".join(capsys.readouterr().out.split())


def test_no_file_of_it_is_taken_without_the_line(tmp_path: Path) -> None:
    (tmp_path / "scan.toy").write_bytes(b"PK")
    with pytest.raises(
        ImageFormatError, match=r"'scan.toy' is no image this program reads\. Choose NIfTI \("
    ):
        load_volume(tmp_path / "scan.toy")
    volume = load_volume(write_nifti(tmp_path / "scan.nii", random_voxels((4, 5, 6))))
    with pytest.raises(ImageFormatError, match=r"must end in one of \.nii, \.nii\.gz, \.nrrd, \.mha, got 'm"):
        save_label_map(np.zeros(volume.shape, np.uint8), volume, tmp_path / "m.toy")


def test_what_people_are_told() -> None:
    assert registry.readable_kinds() == (
        "NIfTI (.nii, .nii.gz), NIfTI and Analyze pairs (.hdr), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd), "
        "MGH (.mgh, .mgz, .mgh.gz), MINC (.mnc), Philips PAR/REC (.par), DICOM (folder, files or .zip), or "
        "PNG, JPEG or TIFF slices"
    )
    assert registry.image_argument() == (
        ".nii, .nii.gz, .hdr, .nrrd, .nhdr, .mha, .mhd, .mgh, .mgz, .mgh.gz, .mnc or .par file, a DICOM "
        "folder or zip, or a folder of PNG, JPEG or TIFF slices"
    )


@pytest.mark.parametrize(
    ("file_name", "stem"),
    [
        ("a.nii.gz", "a"),
        ("a.b.NHDR", "a.b"),
        (".nii", "volume"),
        ("x.zip", "x"),
        ("scan", "scan"),
        ("", "volume"),
    ],
)
def test_stems(file_name: str, stem: str) -> None:
    assert registry.stem(file_name) == stem


@pytest.mark.parametrize("name", registry.FORMATS)
def test_every_line_names_a_module_with_its_functions(name: str) -> None:
    found = registry.FORMATS[name]
    loaders = {
        FormatKind.FILE: lambda: registry.file_reader(found).read,
        FormatKind.SLICES: lambda: registry.slices_reader(found).read_slices,
        FormatKind.ARCHIVE: lambda: registry.archive(found).unpack,
    }
    assert callable(loaders[found.kind]())
    for suffix in found.written_suffixes:
        writer = registry.writer_of(f"mask{suffix}")
        assert writer is not None
        assert callable(writer[0].write)
        assert writer[1] == suffix


def test_the_reading_child_loads_no_reader_before_it_is_confined() -> None:
    script = (
        "import sys, fewshot_sam.io.sandbox.child\n"
        "print(sorted(name for name in sys.modules if name.startswith('fewshot_sam.io')"
        " and not name.startswith('fewshot_sam.io.sandbox')),"
        " {'numpy', 'nibabel', 'pydicom', 'PIL', 'nrrd', 'zipfile'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    names = ["fewshot_sam.io", *(f"fewshot_sam.io.{name}" for name in ("formats", "formats.base"))]
    assert (
        done.stdout.strip() == f"{[*names, 'fewshot_sam.io.formats.registry', 'fewshot_sam.io.limits']} set()"
    )

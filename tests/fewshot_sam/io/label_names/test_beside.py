"""Which files name the labels of a label map."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.label_names.beside import names_beside, names_given, split_label_files
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.synthetic_files import random_voxels, write_nifti

LIVER = {1: LabelName("liver")}


@pytest.fixture
def volume(tmp_path: Path) -> Volume:
    return load_volume(write_nifti(tmp_path / "image.nii", random_voxels()))


def label_file(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return write_nifti(path, np.ones((5, 6, 7), np.uint8))


def names_file(path: Path, name: str = "liver") -> Path:
    tables = {".tsv": f"index\tname\n1\t{name}\n", ".label": f'1 9 9 9 1 1 1 "{name}"\n'}
    path.write_text(tables.get(path.suffix, json.dumps({"labels": {"0": "background", "1": name}})))
    return path


@pytest.mark.parametrize(
    ("image", "beside"),
    [
        ("labels.nii.gz", "labels.json"),
        ("labels.nii.gz", "labels.label"),
        ("mask.nrrd", "mask.tsv"),
        ("sub-01_dseg.nii.gz", "sub-01_dseg.tsv"),
        ("sub-01_space-T1w_desc-aseg_dseg.nii.gz", "desc-aseg_dseg.tsv"),
        ("sub-01_space-T1w_desc-aseg_dseg.nii.gz", "dseg.tsv"),
        ("case_7.nii.gz", "dataset.json"),
        ("labelsTr/case_7.nii.gz", "dataset.json"),
    ],
)
def test_files_that_stand_beside(tmp_path: Path, image: str, beside: str) -> None:
    names_file(tmp_path / beside)
    labels = {code: label.name for code, label in names_beside(label_file(tmp_path / image)).names.items()}
    assert labels == {1: "liver"}


def test_the_closest_table_of_a_data_set_counts(tmp_path: Path) -> None:
    image = label_file(tmp_path / "sub-01_desc-aseg_dseg.nii.gz")
    names_file(tmp_path / "dseg.tsv", "any")
    names_file(tmp_path / "desc-aparc_dseg.tsv", "another")
    names_file(tmp_path / "sub-01_desc-aseg_dseg.tsv")
    assert names_beside(image).names == LIVER


def test_descriptions_of_an_image_are_passed_over(tmp_path: Path) -> None:
    image = label_file(tmp_path / "labels.nii")
    (tmp_path / "labels.json").write_text('{"EchoTime": 0.004, "Manufacturer": "A"}')
    (tmp_path / "labels.txt").write_text("made by hand")
    assert names_beside(image).names == {}
    (tmp_path / "dataset.json").write_text('{"labels": {"1": "liver"}}')
    assert names_beside(image).names == LIVER


def test_a_file_beside_that_cannot_be_used_is_said(tmp_path: Path) -> None:
    image = label_file(tmp_path / "labels.nii")
    (tmp_path / "labels.json").write_text('{"70000": "liver"}')
    assert names_beside(image).notes == (
        "'labels.json' was not used: A code of a label must be from 0 to 65535, got 70000. Correct the file.",
    )


def test_files_that_came_with_a_label_map(tmp_path: Path) -> None:
    image = label_file(tmp_path / "sub-01_dseg.nii.gz")
    sidecar, table = tmp_path / "sub-01_dseg.json", names_file(tmp_path / "sub-01_dseg.tsv")
    sidecar.write_text('{"Manual": true}')
    assert split_label_files([image, sidecar, table]) == ([image], [sidecar, table])
    found = names_given(image, [sidecar, table])
    assert (found.names, found.notes) == (LIVER, ("'sub-01_dseg.json' names no labels.",))
    assert names_given(image, [sidecar]).names == {}  # it describes the image
    with pytest.raises(ImageFormatError, match="must give names by code"):
        names_given(image, [sidecar.rename(tmp_path / "names.json")])


@pytest.mark.parametrize("count", [0, 2])
def test_not_one_label_map(tmp_path: Path, count: int) -> None:
    images = [tmp_path / f"{number}.nii" for number in range(count)]
    with pytest.raises(ImageFormatError, match="one label map file"):
        split_label_files([*images, tmp_path / "names.json"])


def test_a_header_comes_with_its_data_file(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("labels.mhd", "labels.raw", "labels.json")]
    assert split_label_files(files) == (files[:2], files[2:])


def test_names_in_an_archive_and_a_folder(tmp_path: Path, volume: Volume) -> None:
    folder = tmp_path / "export"
    files = [label_file(folder / "scan-mask.nii"), names_file(folder / "scan-mask.json"), folder / "v.csv"]
    files[2].write_text("code,label\n1,liver\n")
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in files:
            file.write(path, path.name)
    for path in (archive, folder):
        assert read_label_map([path], volume.source).names == LIVER


def test_only_a_command_looks_beside(tmp_path: Path, volume: Volume) -> None:
    image = label_file(tmp_path / "labels.nii")
    names_file(tmp_path / "labels.json")
    assert read_label_map([image], volume.source).names == {}
    assert read_label_map([image], volume.source, look_beside=True).names == LIVER

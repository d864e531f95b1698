"""Segmentations held against dcmqi, which 3D Slicer reads and writes them with: both ways, bit for bit."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813 - its usual name

from fewshot_sam.io import load_label_map, save_label_map
from fewshot_sam.io.dicom.segmentation import SegmentationKind, segmentation
from fewshot_sam.io.labels import read_label_map
from tests.fewshot_sam.io.dicom.segmentations import KINDS, SEGMENTS, numbered, painted, scan_of, write
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, rotation, write_dicom


def dcmqi(program: str, *flags: str, **options: Path | str) -> None:
    """Run one of its programs, which its package puts beside Python."""
    path = shutil.which(program, path=str(Path(sys.executable).parent))
    assert path is not None, f"{program} must be installed: see requirements-dev.txt"
    stated = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    command = [path, *flags, *stated]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr


def tilted_series() -> list:
    turn = rotation(12, -30, 50)
    normal = np.cross(turn[:, 0], turn[:, 1])
    return [
        dicom_slice(
            np.zeros((7, 6), np.uint16),
            tuple(np.array([3.0, -8.0, 5.0]) + normal * 1.5 * index),
            orientation=tuple(turn[:, :2].T.ravel()),
            number=index + 1,
        )
        for index in range(4)
    ]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("series", [dicom_series(4), tilted_series()], ids=["axial", "tilted"])
def test_dcmqi_finds_each_voxel_where_it_is(tmp_path: Path, series: list, kind: SegmentationKind) -> None:
    volume, headers = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume)
    path = write(
        segmentation(label_map, volume, headers, SEGMENTS, kind, compress=True), tmp_path / "seg.dcm"
    )
    (tmp_path / "out").mkdir()
    dcmqi(
        "segimage2itkimage",
        "--mergeSegments",
        inputDICOM=path,
        outputDirectory=tmp_path / "out",
        outputType="nrrd",
    )
    save_label_map(numbered(label_map, kind).astype(np.uint8), volume, tmp_path / "ours.nrrd")
    ours, theirs = sitk.ReadImage(tmp_path / "ours.nrrd"), sitk.ReadImage(tmp_path / "out" / "1.nrrd")
    on_ours = sitk.Resample(theirs, ours, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(on_ours), sitk.GetArrayFromImage(ours))
    described = json.loads((tmp_path / "out" / "meta.json").read_text())["segmentAttributes"]
    names = [entry["SegmentLabel"] for group in described for entry in group if entry["labelID"]]
    assert names == [segment.name.replace("\\", "/") for segment in SEGMENTS]


@pytest.mark.parametrize("program", ["itkimage2segimage", "bin2labelsegimage"])
@pytest.mark.parametrize("series", [dicom_series(4), tilted_series()], ids=["axial", "tilted"])
def test_what_dcmqi_writes_is_read(tmp_path: Path, series: list, program: str) -> None:
    volume, _ = scan_of(write_dicom(tmp_path / "ct", series))
    label_map = painted(volume, codes=(0, 0, 1, 2))
    save_label_map(label_map, volume, tmp_path / "mask.nrrd")
    kind = {"CodeValue": "64033007", "CodingSchemeDesignator": "SCT", "CodeMeaning": "Kidney"}
    category = {
        "CodeValue": "123037004",
        "CodingSchemeDesignator": "SCT",
        "CodeMeaning": "Anatomical Structure",
    }
    segments = [
        {
            "labelID": code,
            "SegmentLabel": name,
            "SegmentAlgorithmType": "MANUAL",
            "SegmentedPropertyCategoryCodeSequence": category,
            "SegmentedPropertyTypeCodeSequence": kind,
            "recommendedDisplayRGBValue": color,
        }
        for code, name, color in ((1, "Left", [230, 25, 75]), (2, "Right", [60, 180, 75]))
    ]
    described = {"ContentCreatorName": "Ada", "SeriesNumber": "7", "InstanceNumber": "1"}
    (tmp_path / "meta.json").write_text(json.dumps(described | {"segmentAttributes": [segments]}))
    dcmqi(
        "itkimage2segimage",
        inputImageList=tmp_path / "mask.nrrd",
        inputDICOMDirectory=tmp_path / "ct",
        inputMetadata=tmp_path / "meta.json",
        outputDICOM=tmp_path / "seg.dcm",
    )
    if program == "bin2labelsegimage":
        dcmqi(program, inputDICOM=tmp_path / "seg.dcm", outputDICOM=tmp_path / "label.dcm")
        (tmp_path / "label.dcm").replace(tmp_path / "seg.dcm")
    read = read_label_map([tmp_path / "seg.dcm"], volume.source)
    np.testing.assert_array_equal(read.codes, label_map)
    assert [name.name for name in read.names.values()] == ["Left", "Right"]
    assert {name.term.type.meaning for name in read.names.values() if name.term} == {"Kidney"}
    np.testing.assert_array_equal(load_label_map(tmp_path / "seg.dcm", volume), label_map)

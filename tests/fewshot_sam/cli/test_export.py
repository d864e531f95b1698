"""``export``: masks in the formats of other programs."""

from __future__ import annotations

import json
from pathlib import Path

import highdicom as hd
import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.cli.main import main
from fewshot_sam.cli.targets.base import MaskExport
from fewshot_sam.cli.targets.registry import TARGETS, TargetLine
from fewshot_sam.io import load_label_map, load_volume, save_label_map
from tests.fewshot_sam.synthetic_files import dicom_series, random_voxels, write_dicom, write_nifti

CODES = (0, 0, 3, 200)


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A DICOM folder with mask.nii.gz and names.json beside it."""
    folder = write_dicom(tmp_path / "ct", dicom_series(4))
    volume = load_volume(folder)
    label_map = np.random.default_rng(2).choice(np.array(CODES, np.uint16), volume.shape)
    save_label_map(label_map, volume, tmp_path / "mask.nii.gz")
    (tmp_path / "names.json").write_text(json.dumps({"3": "Liver", "200": "Spleen"}))
    return folder


def exported(scan: Path, to: str, *options: str) -> Path:
    output = scan.parent / "out.dcm"
    command = ["export", str(scan), "--mask", str(scan.parent / "mask.nii.gz"), "--to", to]
    assert main([*command, "--output", str(output), *options]) == 0
    return output


def test_a_segmentation_with_the_names_of_a_file(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = scan.parent / "report.json"
    path = exported(scan, "seg", "--labels", str(scan.parent / "names.json"), "--json", str(report))
    assert [item.SegmentLabel for item in hd.seg.segread(path).SegmentSequence] == ["Liver", "Spleen"]
    wanted = load_label_map(scan.parent / "mask.nii.gz", load_volume(scan))
    np.testing.assert_array_equal(
        load_label_map(path, load_volume(scan)), np.searchsorted([0, 3, 200], wanted)
    )
    assert json.loads(report.read_text())["labels"] == {"3": "Liver", "200": "Spleen"}
    assert capsys.readouterr() == ("", "")


def test_a_label_map_keeps_codes_and_is_scored_like_the_mask(
    scan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = exported(scan, "seg-label-map")
    assert [item.SegmentLabel for item in hd.seg.segread(path).SegmentSequence][1:] == [
        "Label 3",
        "Label 200",
    ]
    for pair in ((path, scan.parent / "mask.nii.gz"), (scan.parent / "mask.nii.gz", path)):
        assert main(["evaluate", *map(str, pair)]) == 0
        assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["mean", "1.0000"]


def test_uids_that_are_missing_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_dicom(tmp_path / "ct", dicom_series(3, StudyInstanceUID=""))
    volume = load_volume(folder)
    save_label_map(np.ones(volume.shape, np.uint8), volume, tmp_path / "mask.nii.gz")
    exported(folder, "seg")
    assert "state no StudyInstanceUID, so one was made" in capsys.readouterr().err


@pytest.mark.parametrize("to", ["seg", "seg-label-map", "rtstruct"])
def test_only_of_dicom(tmp_path: Path, to: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = write_nifti(tmp_path / "image.nii", random_voxels())
    nib.save(
        nib.Nifti1Image(np.ones(random_voxels().shape, np.uint8), nib.load(image).affine), tmp_path / "m.nii"
    )
    command = ["export", str(image), "--mask", str(tmp_path / "m.nii"), "--to", to]
    assert main([*command, "--output", str(tmp_path / "out.dcm")]) == 2
    assert "The image must be DICOM" in capsys.readouterr().err
    assert not (tmp_path / "out.dcm").exists()


def test_what_was_done_to_the_scan_is_said(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (scan / "copy.dcm").write_bytes(min(scan.glob("*.dcm")).read_bytes())
    exported(scan, "seg")
    assert f"{scan}: " in (said := capsys.readouterr().err) and "left out" in said


def test_the_output_must_end_as_its_kind_does(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["export", str(scan), "--mask", "mask.nii.gz", "--to", "seg", "--output", "out.nii.gz"]
    with pytest.raises(SystemExit, match="2"):
        main(command)
    assert "--output must end in .dcm for --to seg" in capsys.readouterr().err


def test_a_structure_set_gives_the_mask_again(scan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = exported(scan, "rtstruct", "--labels", str(scan.parent / "names.json"))
    volume = load_volume(scan)
    wanted = load_label_map(scan.parent / "mask.nii.gz", volume)
    np.testing.assert_array_equal(load_label_map(path, volume), np.searchsorted([0, 3, 200], wanted))
    assert capsys.readouterr() == ("", "")


def test_a_target_is_one_file_and_one_line(scan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TARGETS, "toy", TargetLine("a toy", f"{__name__}:write_names", (".dcm",)))
    path = exported(scan, "toy", "--labels", str(scan.parent / "names.json"))
    assert path.read_text() == "Liver, Spleen"


def write_names(mask: MaskExport) -> list[str]:
    mask.output.write_text(", ".join(label.name for label in mask.names.values()))
    return []

"""Datasets of nnU-Net, held against nnunetv2's own check."""

from __future__ import annotations

import json
import multiprocessing.pool
import os
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_volume
from fewshot_sam.io.label_names.dataset_json import parse
from fewshot_sam.io.training_sets.base import Case
from fewshot_sam.io.training_sets.nnunet import NnUnetSet, channel_name, dataset_name
from tests.fewshot_sam.io.training_set_helpers import LABELS, cases, write_set
from tests.fewshot_sam.synthetic_pictures import write_pictures


def verify(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """nnunetv2's check, in threads: new processes take seconds to import it."""
    if not os.environ.get("CI"):
        pytest.importorskip("nnunetv2", reason="make test installs it")
    from nnunetv2.experiment_planning import verify_dataset_integrity as module

    class Threads:
        Pool = multiprocessing.pool.ThreadPool

    monkeypatch.setattr(module.multiprocessing, "get_context", lambda method: Threads)
    module.verify_dataset_integrity(str(folder), 1)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_nnunetv2_finds_nothing_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_set(NnUnetSet("Livers of Ulm", LABELS), cases(), tmp_path)
    verify(folder, monkeypatch)
    said = capsys.readouterr().out
    assert "verify_dataset_integrity Done" in said and "Warning" not in said and "Error" not in said
    # And it does find what is wrong.
    facts = json.loads((folder / "dataset.json").read_text())
    (folder / "dataset.json").write_text(json.dumps(facts | {"labels": {"background": 0, "liver": 1}}))
    with pytest.raises(RuntimeError, match="unexpected labels"):
        verify(folder, monkeypatch)


def test_files_and_facts(tmp_path: Path) -> None:
    folder = write_set(NnUnetSet("Livers of Ulm", LABELS), cases(), tmp_path)
    assert folder.name == "Dataset501_Livers_of_Ulm"
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "dataset.json",
        "imagesTr/case_c0_0000.nii.gz",
        "imagesTr/case_c1_0000.nii.gz",
        "imagesTs/case_c2_0000.nii.gz",
        "labelsTr/case_c0.nii.gz",
        "labelsTr/case_c1.nii.gz",
    ]
    facts = json.loads((folder / "dataset.json").read_text())
    assert facts["channel_names"] == {"0": "CT"}
    assert facts["labels"] == {"background": 0, "Leber \u516c": 1, "ignore (2)": 2, "right kidney": 3}
    assert facts["codes"] == {"Leber \u516c": 3, "ignore (2)": 7, "right kidney": 300}
    assert (facts["numTraining"], facts["file_ending"]) == (2, ".nii.gz")
    assert not any(b"Jane" in path.read_bytes() for path in folder.rglob("*.json"))


def test_voxels_lie_where_they_are(tmp_path: Path) -> None:
    folder = write_set(NnUnetSet("x", LABELS), cases(), tmp_path)
    for case in cases():
        where = "imagesTr" if case.codes is not None else "imagesTs"
        image = nib.load(folder / where / f"case_{case.name}_0000.nii.gz")
        assert image.get_data_dtype() == np.int16
        np.testing.assert_array_equal(image.dataobj, case.volume.source.from_canonical(case.volume.voxels))
        np.testing.assert_allclose(image.affine, case.volume.source.affine, atol=1e-5)
        if case.codes is not None:
            labels = nib.load(folder / "labelsTr" / f"case_{case.name}.nii.gz")
            np.testing.assert_array_equal(labels.affine, image.affine)
            numbers = case.volume.source.to_canonical(np.asarray(labels.dataobj))
            assert labels.get_data_dtype() == np.uint8
            np.testing.assert_array_equal(np.array([0, *LABELS])[numbers], case.codes)


def test_the_names_are_read_back(tmp_path: Path) -> None:
    folder = write_set(NnUnetSet("x", LABELS), cases(), tmp_path)
    names = parse((folder / "dataset.json").read_text())
    assert {code: label.name for code, label in names.items()} == {
        1: "Leber \u516c",
        2: "ignore (2)",
        3: "right kidney",
    }


def test_a_ct_is_in_hounsfield_units(tmp_path: Path) -> None:
    (case,) = cases(labelled=(True,))
    vars(case.volume)["hounsfield_offset"] = 1024
    folder = write_set(NnUnetSet("x", LABELS), [case], tmp_path)
    image = nib.load(folder / "imagesTr" / "case_c0_0000.nii.gz")
    stored = case.volume.source.from_canonical(case.volume.voxels)
    np.testing.assert_array_equal(image.dataobj, stored - 1024)


def test_a_code_without_a_name_is_refused() -> None:
    (case,) = cases(labelled=(True,))
    with pytest.raises(ImageFormatError, match="must have a name, but 300 has none"):
        list(NnUnetSet("x", {3: LABELS[3], 7: LABELS[7]}).add(case))


def test_pictures_are_refused(tmp_path: Path) -> None:
    write_pictures(tmp_path / "slides")
    volume = load_volume(tmp_path / "slides", pictures=True)
    with pytest.raises(ImageFormatError, match="unrelated pictures"):
        list(NnUnetSet("x", LABELS).add(Case("c", volume, None)))


def test_names_of_datasets_and_channels() -> None:
    assert dataset_name("Dataset7_x") == "Dataset501_Dataset7_x"
    assert dataset_name("../../etc") == "Dataset501_etc"
    assert (channel_name({"CT"}), channel_name({"MR"})) == ("CT", "MRI")
    assert channel_name({"CT", "MR"}) == channel_name({"OT"}) == channel_name(set()) == "image"

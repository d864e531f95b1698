"""Tasks of the Decathlon, read by MONAI."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
from monai.data import load_decathlon_datalist, load_decathlon_properties

from fewshot_sam.io.training_sets.decathlon import DecathlonSet
from tests.fewshot_sam.io.training_set_helpers import LABELS, cases, write_set


def test_monai_finds_the_files(tmp_path: Path) -> None:
    folder = write_set(DecathlonSet("Livers of Ulm", LABELS), cases("MR"), tmp_path)
    assert folder.name == "Task01_Livers_of_Ulm"
    listed = folder / "dataset.json"
    training = load_decathlon_datalist(listed, is_segmentation=True, data_list_key="training")
    test = load_decathlon_datalist(listed, is_segmentation=True, data_list_key="test")
    assert (len(training), len(test)) == (2, 1)
    for case, files in zip(cases("MR"), [*training, *test], strict=True):
        image = nib.load(files["image"])
        np.testing.assert_array_equal(image.dataobj, case.volume.source.from_canonical(case.volume.voxels))
        if case.codes is not None:
            labels = nib.load(files["label"])
            np.testing.assert_array_equal(labels.affine, image.affine)
            numbers = case.volume.source.to_canonical(np.asarray(labels.dataobj))
            np.testing.assert_array_equal(np.array([0, *LABELS])[numbers], case.codes)


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    folder = write_set(DecathlonSet("Livers of Ulm", LABELS), cases("MR"), tmp_path)
    keys = ["name", "modality", "labels", "numTraining", "numTest", "tensorImageSize"]
    assert load_decathlon_properties(folder / "dataset.json", keys) == {
        "name": "Livers of Ulm",
        "modality": {"0": "MRI"},
        "labels": {"0": "background", "1": "Leber \u516c", "2": "ignore (2)", "3": "right kidney"},
        "numTraining": 2,
        "numTest": 1,
        "tensorImageSize": "3D",
    }
    assert "Jane" not in json.dumps(json.loads((folder / "dataset.json").read_text()))

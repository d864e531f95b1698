"""The commands on a small synthetic volume with the real encoder: files in, files out."""

from __future__ import annotations

import json
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from fewshot_sam.cli import inputs as cases
from fewshot_sam.cli import main
from fewshot_sam.data.planes import Plane
from tests.conftest import share_encoder

SHAPE = (40, 36, 14)
CODE = 300  # above 255, so that the mask needs 16 bits
PAINTED = (4, 7, 10)
REVIEWED = 0


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with image.nii.gz, truth.nii.gz and painted.nii.gz, stored left-posterior-inferior."""
    folder = tmp_path_factory.mktemp("cli")
    i, j, k = np.indices(SHAPE)
    truth = ((i - 22) / 9) ** 2 + ((j - 16) / 8) ** 2 + ((k - 7) / 5) ** 2 <= 1
    noise = np.random.default_rng(0).normal(0, 8, SHAPE)
    image = (np.where(truth, 120, -40) + noise).astype(np.int16)
    affine = np.diag([-1.5, -1.5, -3.0, 1.0])
    affine[:3, 3] = (30, 20, 55)
    painted = np.zeros(SHAPE, np.uint16)
    painted[:, :, PAINTED] = truth[:, :, PAINTED] * CODE
    for name, array in {"image": image, "truth": truth * np.uint16(CODE), "painted": painted}.items():
        nib.save(nib.Nifti1Image(array, affine), folder / f"{name}.nii.gz")
    return folder


@pytest.fixture(scope="module")
def propagated(case: Path, tmp_path_factory: pytest.TempPathFactory, embeddings_folder: Path) -> Path:
    """The folder with what one propagate run wrote: mask, model, probabilities, report."""
    home = tmp_path_factory.mktemp("home")
    share_encoder(home, embeddings_folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FEWSHOT_SAM_HOME", str(home))
        code = main.main(
            [
                *("propagate", str(case / "image.nii.gz"), "--annotations", str(case / "painted.nii.gz")),
                *("--output", str(case / "mask.nii.gz"), "--slices", str(REVIEWED), "--device", "cpu"),
                *("--save-model", str(case / "m.safetensors"), "--probabilities", str(case / "p.nii.gz")),
                *("--json", str(case / "report.json")),
            ]
        )
        assert code == 0
        yield case


def load(path: Path) -> np.ndarray:
    return np.asarray(nib.load(path).dataobj)


@pytest.mark.slow
def test_the_mask_lies_on_the_images_grid_in_the_smallest_type(propagated: Path) -> None:
    mask, image = (nib.load(propagated / f"{name}.nii.gz") for name in ("mask", "image"))
    assert mask.shape == image.shape
    np.testing.assert_array_equal(mask.affine, image.affine)
    assert mask.get_data_dtype() == np.uint16
    assert set(np.unique(mask.dataobj)) == {0, CODE}


@pytest.mark.slow
def test_painted_slices_come_out_exactly_as_given(propagated: Path) -> None:
    mask, painted = load(propagated / "mask.nii.gz"), load(propagated / "painted.nii.gz")
    reviewed = [*PAINTED, REVIEWED]
    np.testing.assert_array_equal(mask[:, :, reviewed], painted[:, :, reviewed])


@pytest.mark.slow
def test_an_easy_shape_is_found_on_the_other_slices(propagated: Path) -> None:
    others = [k for k in range(SHAPE[2]) if k not in (*PAINTED, REVIEWED)]
    mask, truth = (load(propagated / f"{name}.nii.gz")[:, :, others] > 0 for name in ("mask", "truth"))
    assert 2 * (mask & truth).sum() / (mask.sum() + truth.sum()) > 0.8


@pytest.mark.slow
def test_probabilities_are_4d_and_name_their_codes(propagated: Path) -> None:
    image = nib.load(propagated / "p.nii.gz")
    assert image.shape == (*SHAPE, 1)
    assert image.get_data_dtype() == np.float32
    np.testing.assert_array_equal(image.affine, nib.load(propagated / "image.nii.gz").affine)
    values = np.asarray(image.dataobj)
    assert values.min() >= 0
    assert values.max() <= 1
    (extension,) = image.header.extensions
    assert json.loads(extension.get_content()) == {"codes": [CODE]}


@pytest.mark.slow
def test_the_report_says_what_was_done(propagated: Path) -> None:
    report = json.loads((propagated / "report.json").read_text())
    assert report["command"] == "propagate"
    assert report["next_slice"]["slice"] not in report["painted_slices"]
    assert report["plane"] == "axial"
    assert report["painted_slices"] == sorted([*PAINTED, REVIEWED])
    assert {"load", "fit", "predict", "write", "total"} <= set(report["timings_s"])
    assert report["peak_memory_mb"]["host"] > 0
    assert report["versions"]["torch"]
    mask = load(propagated / "mask.nii.gz")
    label = report["labels"][str(CODE)]
    assert label["voxels"] == np.count_nonzero(mask)
    assert label["volume_ml"] == pytest.approx(np.count_nonzero(mask) * 1.5 * 1.5 * 3 / 1000)


@pytest.mark.slow
def test_the_same_seed_gives_the_same_mask_and_predict_needs_no_paint(
    propagated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = [str(propagated / "image.nii.gz"), "--device", "cpu", "--output", str(tmp_path / "mask.nii.gz")]
    painted = str(propagated / "painted.nii.gz")
    assert main.main(["propagate", *common, "--annotations", painted, "--slices", str(REVIEWED)]) == 0
    np.testing.assert_array_equal(load(tmp_path / "mask.nii.gz"), load(propagated / "mask.nii.gz"))
    assert main.main(["predict", *common, "--model", str(propagated / "m.safetensors")]) == 0
    assert set(np.unique(load(tmp_path / "mask.nii.gz"))) <= {0, CODE}
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_evaluate_prints_and_reports_each_label(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = str(case / "truth.nii.gz")
    assert main.main(["evaluate", truth, truth, "--json", str(tmp_path / "r.json")]) == 0
    scores = json.loads((tmp_path / "r.json").read_text())["labels"][str(CODE)]
    assert scores["dice"] == scores["iou"] == 1
    assert scores["assd_mm"] == scores["hd95_mm"] == 0
    assert str(CODE) in capsys.readouterr().out


def test_evaluate_scores_no_label_that_is_in_neither_file(
    case: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    truth = str(case / "truth.nii.gz")
    argv = ["evaluate", truth, truth, "--json", str(tmp_path / "r.json"), "--labels"]
    assert main.main([*argv, f"{CODE},999"]) == 0
    report = json.loads((tmp_path / "r.json").read_text())
    assert report["labels"]["999"]["dice"] is None
    assert report["mean"]["dice"] == 1.0
    line = next(line for line in capsys.readouterr().out.splitlines() if "999" in line)
    assert line.split() == ["999", *"-------"]
    assert main.main([*argv, "999"]) == 2
    assert f"must be in the files, but they hold {CODE}" in capsys.readouterr().err


def test_evaluate_leaves_excluded_slices_out(case: Path, tmp_path: Path) -> None:
    argv = ["evaluate", str(case / "painted.nii.gz"), str(case / "truth.nii.gz"), "--plane", "axial"]
    others = ",".join(str(k) for k in range(SHAPE[2]) if k not in PAINTED)
    for exclude, expected in ((others, 1.0), (",".join(map(str, PAINTED)), 0.0)):
        assert main.main([*argv, "--exclude-slices", exclude, "--json", str(tmp_path / "r.json")]) == 0
        report = json.loads((tmp_path / "r.json").read_text())
        assert report["labels"][str(CODE)]["dice"] == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"--annotations": "missing.nii.gz"}, "missing.nii.gz"),
        ({"--annotations": "image.nii.gz"}, "must hold integers from 0 to 65535"),
        ({"--annotations": "empty.nii.gz"}, "at least one painted label"),
        ({"--annotations": "other.nii.gz"}, "image's grid"),
        ({"--slices": "99"}, "Slice 99 must be from 0 to 13"),
        ({"--device": "cuda:99"}, "cuda:99"),
        ({"--encoder": "no-such-encoder"}, "no-such-encoder"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_code_2(
    case: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, str],
    message: str,
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "home"))
    affine = nib.load(case / "image.nii.gz").affine
    nib.save(nib.Nifti1Image(np.zeros(SHAPE, np.uint8), affine), case / "empty.nii.gz")
    nib.save(nib.Nifti1Image(np.ones((4, 4, 4), np.uint8), affine), case / "other.nii.gz")
    options = {"--annotations": "painted.nii.gz", **change}
    options["--annotations"] = str(case / options["--annotations"])
    argv = ["propagate", str(case / "image.nii.gz"), "--output", str(tmp_path / "mask.nii.gz")]
    assert main.main([*argv, *(part for option in options.items() for part in option)]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("fewshot_sam propagate: ")
    assert not (tmp_path / "mask.nii.gz").exists()


@pytest.mark.parametrize("plane", list(Plane))
def test_the_plane_is_told_from_the_paint(plane: Plane) -> None:
    label_map = np.zeros((20, 20, 20), np.uint16)
    slices: list[slice | list[int]] = [slice(5, 15)] * 3
    slices[plane.axis] = [5, 9, 14]
    label_map[tuple(slices)] = 1
    assert cases.painted_plane(label_map, Plane.AXIAL) == plane


@pytest.mark.parametrize("plane", list(Plane))
def test_one_painted_slice_tells_the_plane_too(plane: Plane) -> None:
    label_map = np.zeros((20, 20, 20), np.uint16)
    slices: list[slice | int] = [slice(5, 15)] * 3
    slices[plane.axis] = 7
    label_map[tuple(slices)] = 1
    assert cases.painted_plane(label_map, Plane.AXIAL) == plane


def test_a_fully_painted_volume_takes_the_default_plane() -> None:
    assert cases.painted_plane(np.ones((5, 5, 5), np.uint16), Plane.CORONAL) == Plane.CORONAL


def test_doctor_finds_no_fault_here(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path))
    assert main.main(["doctor", "--device", "cpu"]) == 0
    assert "Nothing is wrong." in capsys.readouterr().out


def test_doctor_names_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FEWSHOT_SAM_HOME", str(tmp_path / "file"))
    assert main.main(["doctor", "--device", "cpu", "--encoder", "no-such-encoder"]) == 1
    out = capsys.readouterr().out
    assert out.count("FAULT: ") == 2
    assert "no-such-encoder" in out
    assert "2 fault(s) found." in out

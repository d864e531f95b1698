"""The command line's edge: help, bad arguments, exit codes, one line on standard error."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fewshot_sam.cli import arguments, main, outputs
from fewshot_sam.cli.inputs import load_image
from fewshot_sam.data.volume import MODALITIES
from fewshot_sam.errors import OperationCancelled, SeriesChoiceError, UserError
from fewshot_sam.methods.model_file import ModelFile
from tests.backend.tiny import write_tiny_nifti

ROOT = Path(__file__).resolve().parents[3]
COMMANDS = ["propagate", "fit", "predict", "evaluate", "encode", "doctor", "check", "serve"]


def run_main(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one call."""
    try:
        code = main.main(argv)
    except SystemExit as error:
        code = int(error.code or 0)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_examples(capsys: pytest.CaptureFixture[str], command: str) -> None:
    code, out, err = run_main(capsys, command, "--help")
    assert code == 0
    assert f"python -m fewshot_sam {command}" in out
    assert not err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run_main(capsys, "--help")
    assert code == 0
    assert all(command in out for command in COMMANDS)


def test_help_loads_no_heavy_library() -> None:
    script = (
        "import sys\nfrom fewshot_sam.cli.main import main\n"
        "try:\n    main(['propagate', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'gradio', 'nibabel', 'openvino', 'rich'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_modalities_are_those_of_a_volume() -> None:
    assert arguments.MODALITIES == MODALITIES


def test_a_modality_that_is_named_counts_instead_of_what_the_voxels_look_like(tmp_path: Path) -> None:
    image = write_tiny_nifti(tmp_path / "mr.nii")
    assert [load_image(image, modality=each).modality for each in (None, "CT", "OT")] == ["MR", "CT", "OT"]


PROPAGATE = ["propagate", "a.nii", "--annotations", "b.nii", "--output", "m.nii"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        ([], "COMMAND"),
        (["paint"], "invalid choice: 'paint'"),
        (["propagate", "a.nii"], "--annotations, --output"),
        (
            ["propagate", "a.nii", "--annotations", "b.nii", "--output", "m.txt"],
            "must end in .nii or .nii.gz",
        ),
        ([*PROPAGATE, "--plane", "x"], "axial"),
        (
            [*PROPAGATE, "--slices", "a"],
            "whole numbers",
        ),
        (
            [*PROPAGATE, "--slices=-1"],
            "whole numbers",
        ),
        (
            [*PROPAGATE, "--window", "9,1"],
            "lower first",
        ),
        (
            [*PROPAGATE, "--window", "9"],
            "two numbers",
        ),
        ([*PROPAGATE, "--device", "tpu"], "cuda:N"),
        ([*PROPAGATE, "--seed", "x"], "invalid int"),
        (["fit", "--output", "m.safetensors"], "--case"),
        (["fit", "--case", "a.nii", "--output", "m.safetensors"], "expected 2 arguments"),
        (["fit", "--case", "a.nii", "b.nii", "--output", "m.pt"], "must end in .safetensors"),
        (["predict", "a.nii", "--output", "m.nii"], "--model"),
        (["evaluate", "a.nii"], "REFERENCE"),
        (["evaluate", "a.nii", "b.nii", "--labels", "0"], "from 1 to 65535"),
        (["evaluate", "a.nii", "b.nii", "--exclude-slices", "3"], "needs --plane"),
        (["encode"], "IMAGE"),
        (["serve", "--port", "web"], "invalid int"),
    ],
)
def test_bad_arguments_are_one_line_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], argv: list[str], message: str
) -> None:
    code, out, err = run_main(capsys, *argv)
    assert code == 2
    assert not out
    assert message in err
    assert err.count("\n") == 1
    assert err.endswith("--help)\n")


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (UserError("The image\nis empty."), 2, "fewshot_sam doctor: The image is empty.\n"),
        (SeriesChoiceError("Two series.", []), 2, "fewshot_sam doctor: Two series.\n"),
        (FileNotFoundError(2, "No such file", "x.nii"), 2, "fewshot_sam doctor: No such file: x.nii\n"),
        (MemoryError(), 2, "fewshot_sam doctor: Not enough memory"),
        (KeyboardInterrupt(), 130, "fewshot_sam doctor: stopped\n"),
        (OperationCancelled(), 130, "fewshot_sam doctor: stopped\n"),
    ],
)
def test_errors_become_one_line_and_an_exit_code(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    error: BaseException,
    code: int,
    line: str,
) -> None:
    def raising(args: argparse.Namespace) -> int:
        raise error

    monkeypatch.setattr("fewshot_sam.cli.doctor.run", raising)
    got, _, err = run_main(capsys, "doctor")
    assert got == code
    assert err.startswith(line)
    assert err.count("\n") == 1


def test_several_series_name_the_option_that_chooses(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(args: argparse.Namespace) -> int:
        raise SeriesChoiceError("Two series.", [])

    monkeypatch.setattr("fewshot_sam.cli.encode.run", raising)
    assert run_main(capsys, "encode", "folder")[2] == (
        "fewshot_sam encode: Two series. Name it with --series UID.\n"
    )


def test_serve_becomes_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr("os.execve", lambda _, argv, environment: started.append(argv))
    main.main(["serve", "--port", "8080"])
    assert started == [[sys.executable, "-P", "-m", "app", "--port", "8080"]]


def test_a_negative_window_needs_no_equals_sign() -> None:
    parser = main.build_parser()
    argv = ["encode", "a.nii", "--window", "-160,240"]
    assert parser.parse_args(main.join_negative_windows(argv)).window == (-160.0, 240.0)


def test_indices_are_sorted_and_unique() -> None:
    assert arguments.indices("40,10,10") == (10, 40)


def test_outputs_make_their_folder(tmp_path: Path) -> None:
    outputs.prepare_outputs(tmp_path / "new" / "mask.nii.gz", None)
    assert (tmp_path / "new").is_dir()


def test_an_output_that_is_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="must be a file"):
        outputs.prepare_outputs(tmp_path)


def test_an_output_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be made"):
        outputs.prepare_outputs(tmp_path / "file" / "mask.nii.gz")


def test_serve_and_check_hand_their_options_on(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    class ReplacedError(Exception):
        """The process would be another one from here on."""

    def replace(_program: str, command: list[str], _environment: dict[str, str]) -> None:
        started.append(command[1:])
        raise ReplacedError

    monkeypatch.setattr("os.execve", replace)
    for argv in (
        ["serve", "--port", "8080", "--adopt-database"],
        ["check", "--repair", "--json", "a b.json"],
    ):
        with pytest.raises(ReplacedError):
            run_main(capsys, *argv)
    serve, check = started
    assert serve == ["-P", "-m", "app", "--port", "8080", "--adopt-database"]
    assert check == ["-P", "-m", "backend.check", "--repair", "--json", "a b.json"]


def test_a_model_with_settings_out_of_range_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    keys = (
        "answering",
        "plane",
        "codes",
        "encoder",
        "encoder_identity",
        "window",
        "volumes",
        "folds",
        "left_out",
    )
    about: dict = dict.fromkeys(keys) | {"plane": "axial", "codes": [1], "encoder": "lite-medsam"}
    about |= {"encoder_identity": "x", "volumes": [], "folds": {}, "left_out": [], "fit": {}}
    about["settings"] = {"fit": {"hidden": 40000}}
    image = write_tiny_nifti(tmp_path / "a.nii")
    ModelFile({"w": torch.zeros(1)}, about).save(tmp_path / "m.safetensors")
    code, _, err = run_main(
        capsys,
        "predict",
        str(image),
        "--model",
        str(tmp_path / "m.safetensors"),
        "--output",
        str(tmp_path / "o.nii"),
    )
    assert (code, err.count("\n")) == (2, 1)
    assert "The setting fit.hidden must be from 8 to 512, got 40000." in err

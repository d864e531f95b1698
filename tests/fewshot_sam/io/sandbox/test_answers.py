"""An answer from a child that a file took over is one sentence, and opens nothing else."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fewshot_sam.data.grid import SourceGrid
from fewshot_sam.data.planes import Plane
from fewshot_sam.errors import GeometryError, ImageFormatError, SeriesChoiceError, UserError
from fewshot_sam.io.sandbox.answers import npy_header
from fewshot_sam.io.sandbox.reading import read_label_slices
from tests.fewshot_sam.answering_child import LIMITS, SHAPE, read, sound_answer, voxels_bytes

Change = Callable[[dict[str, Any]], object]


def test_a_sound_answer_is_taken(answering: Callable[..., None]) -> None:
    answering(answer_json=json.dumps(sound_answer()).encode(), voxels_npy=voxels_bytes())
    np.testing.assert_array_equal(read(), np.ones(120, np.int16))


def grid(**change: Any) -> Change:
    return lambda answer: answer["volume"]["source"].update(change)


def volume(**change: Any) -> Change:
    return lambda answer: answer["volume"].update(change)


def preset(**change: Any) -> Change:
    return lambda answer: answer["volume"]["presets"][0].update(change)


NAN_AFFINE = [[float("nan"), 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
FLAT_AFFINE = [[0.0, 0, 0, 0], [0.0, 1, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]]
HUGE_AFFINE = [[1e300, 0, 0, 0], [0.0, 1, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]]


@pytest.mark.parametrize(
    "change",
    [
        grid(affine=NAN_AFFINE),
        grid(affine=FLAT_AFFINE),
        grid(affine=HUGE_AFFINE),
        grid(affine=[[1.0] * 4] * 3),
        grid(qform_affine=NAN_AFFINE),
        grid(shape=[4, 5, 7]),
        grid(shape=[4, 5]),
        grid(shape=[4, 5, 0]),
        grid(shape=[4, 5, -6]),
        grid(shape=[4.0, 5, 6]),
        grid(shape=[2**20, 2**20, 2**20]),
        grid(shape=[10**400, 5, 6]),
        grid(shape=["4", 5, 6]),
        grid(spatial_unit="mile"),
        grid(sform_code=10**9),
        grid(more=1),
        volume(dtype="float32"),
        volume(dtype="object"),
        volume(dtype="int64"),
        volume(modality="XX"),
        volume(name="n" * 300),
        volume(name=""),
        volume(name=["a"]),
        volume(name="a\0b"),
        volume(name="a\n"),
        volume(acquisition_plane="oblique"),
        volume(metadata={str(i): "" for i in range(100)}),
        volume(metadata={"a": "b" * 2000}),
        volume(metadata={"a": "b\0"}),
        volume(metadata={"a": {"b": "c"}}),
        volume(presets=[]),
        volume(presets=[{"name": "a", "low": 0.0, "high": 1.0}] * 100),
        preset(low=float("inf")),
        preset(low=float("nan")),
        preset(low=5.0, high=1.0),
        preset(name="n" * 100),
        lambda answer: answer.update(volume=None),
        lambda answer: answer.update(more=1),
        lambda answer: answer.update(confinement={"landlock": -1, "seccomp": 3}),
        lambda answer: answer.pop("confinement"),
    ],
)
def test_an_answer_out_of_bounds(answering: Callable[..., None], change: Change) -> None:
    answer = copy.deepcopy(sound_answer())
    change(answer)
    answering(answer_json=json.dumps(answer).encode(), voxels_npy=voxels_bytes())
    with pytest.raises(ImageFormatError, match="the reader's answer was not valid"):
        read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"[" * 100_000,
        b'{"a": ' + b"9" * 100_000 + b"}",
        b'"' + b"\xff" * 10 + b'"',
        b'{"confinement": {"landlock": 0, "seccomp": false}, "error": "UserError", "message": "\\ud800"}',
        b" " * 100_000_000,
    ],
    ids=["empty", "no json", "nested", "huge number", "no utf-8", "half a pair", "100 MB"],
)
def test_an_answer_that_is_no_answer(answering: Callable[..., None], content: bytes) -> None:
    answering(answer_json=content)
    with pytest.raises(ImageFormatError, match="the reader's answer was not valid"):
        read()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        voxels_bytes()[:-1],
        voxels_bytes() + b"\0",
        voxels_bytes(shape=(4, 6, 5)),
        voxels_bytes("<f4"),
        voxels_bytes().replace(b"'<i2'", b"'|O' "),
        voxels_bytes().replace(b"True,", b"False"),
        voxels_bytes().replace(b"\x01\x00v", b"\x03\x00v"),
        b"\x93NUMPY\x02\x00" + (2**31).to_bytes(4, "little") + b"{" * (len(voxels_bytes()) - 12),
    ],
)
def test_voxels_that_are_not_as_stated(answering: Callable[..., None], content: bytes) -> None:
    answering(answer_json=json.dumps(sound_answer()).encode(), voxels_npy=content)
    with pytest.raises(ImageFormatError, match=r"answer was not valid \(voxels\.npy must"):
        read()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_voxels_that_are_no_numbers(answering: Callable[..., None], value: float) -> None:
    answer = sound_answer()
    answer["volume"]["dtype"] = "float32"
    header = npy_header(np.dtype("<f4"), SHAPE, fortran_order=True)
    answering(
        answer_json=json.dumps(answer).encode(), voxels_npy=header + np.full(120, value, "<f4").tobytes()
    )
    with pytest.raises(ImageFormatError, match="a voxel is not a finite number"):
        read()


@pytest.mark.parametrize("name", ["voxels.npy", "answer.json"])
@pytest.mark.parametrize(
    "script",
    [
        "os.unlink({name!r}); os.symlink({target!r}, {name!r})",
        "os.unlink({name!r}); os.link({target!r}, {name!r})",
        "os.unlink({name!r}); os.mkfifo({name!r})",
        "os.unlink({name!r}); os.mkdir({name!r})",
        "os.unlink({name!r}); os.symlink('/dev/zero', {name!r})",
        "os.unlink({name!r})",
    ],
)
def test_links_pipes_and_folders_are_not_opened(
    answering: Callable[..., None], tmp_path: Path, name: str, script: str
) -> None:
    """Even a file that would be right: it may be another person's scan."""
    target = tmp_path / "other"
    content = {"answer.json": json.dumps(sound_answer()).encode(), "voxels.npy": voxels_bytes()}
    target.write_bytes(content[name])
    answering(
        script.format(name=name, target=str(target)),
        answer_json=content["answer.json"],
        voxels_npy=content["voxels.npy"],
    )
    with pytest.raises(
        ImageFormatError, match=f"answer was not valid .{name} (cannot be opened|is not a plain)"
    ):
        read()
    assert target.read_bytes() == content[name]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("GeometryError", GeometryError),
        ("UserError", UserError),
        ("dataclass", ImageFormatError),
        ("OperationCancelled", ImageFormatError),
        ("__loader__", ImageFormatError),
    ],
)
def test_only_errors_of_reading_are_raised_again(
    answering: Callable[..., None], error: str, expected: type[Exception]
) -> None:
    answer = {
        "confinement": {"landlock": 0, "seccomp": False},
        "error": error,
        "message": "As the child says.",
    }
    answering(answer_json=json.dumps(answer).encode())
    with pytest.raises(UserError, match=r"^As the child says\.$") as caught:
        read()
    assert type(caught.value) is expected


def test_choices_of_series_are_bounded(answering: Callable[..., None]) -> None:
    choice = {"series_uid": "1.2", "description": "d", "modality": "CT", "slices": 3}
    answer = {
        "confinement": {"landlock": 0, "seccomp": False},
        "error": "SeriesChoiceError",
        "message": "Choose.",
        "choices": [choice],
    }
    answering(answer_json=json.dumps(answer).encode())
    with pytest.raises(SeriesChoiceError, match="Choose") as caught:
        read()
    assert [found.series_uid for found in caught.value.choices] == ["1.2"]


@pytest.mark.parametrize("change", [{"slices": -1}, {"series_uid": "1" * 5000}, {"slices": "3"}, {"more": 1}])
def test_choices_out_of_bounds(answering: Callable[..., None], change: dict[str, Any]) -> None:
    choice = {"series_uid": "1.2", "description": "d", "modality": "CT", "slices": 3} | change
    answer = sound_answer() | {"error": "SeriesChoiceError", "message": "Choose.", "choices": [choice]}
    answering(answer_json=json.dumps(answer).encode())
    with pytest.raises(ImageFormatError, match="answer was not valid"):
        read()


@pytest.mark.parametrize(
    ("indices", "count"), [([0, 6], 2), ([1, 0], 2), ([1, 1], 2), ([-1, 0], 2), ([0, 1], 3), ([0.5, 1], 2)]
)
def test_slices_that_the_volume_has_not(
    answering: Callable[..., None], indices: list[float], count: int
) -> None:
    answer = {"confinement": {"landlock": 0, "seccomp": False}, "labels": {"indices": indices}}
    slices = np.ones((count, *SHAPE[:2]), "<u2")
    header = npy_header(slices.dtype, slices.shape, fortran_order=False)
    answering(answer_json=json.dumps(answer).encode(), slices_npy=header + slices.tobytes())
    grid = SourceGrid(SHAPE, np.eye(4))
    with (
        pytest.raises(ImageFormatError, match="answer was not valid"),
        read_label_slices("labels.nii", grid, Plane.AXIAL, limits=LIMITS),
    ):
        pass

"""Series that hold several volumes: told apart by what differs, in words, and chosen."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import FileDataset

from fewshot_sam.errors import GeometryError, SeriesChoiceError
from fewshot_sam.io import load_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom


def numbered(*volumes: list[FileDataset]) -> list[FileDataset]:
    """All slices, numbered as scanners do: volume by volume."""
    slices = [dataset for volume in volumes for dataset in volume]
    for number, dataset in enumerate(slices):
        dataset.InstanceNumber = number + 1
    return slices


def choices_of(folder: Path) -> list[tuple[str, str, int]]:
    with pytest.raises(SeriesChoiceError, match="choose one: ") as caught:
        load_volume(folder)
    return [(choice.series_uid, choice.description, choice.slices) for choice in caught.value.choices]


@pytest.mark.parametrize(
    ("keyword", "values", "words"),
    [
        ("EchoTime", (2.46, 4.92), ("echo time 2.46 ms", "echo time 4.92 ms")),
        ("EchoNumbers", (1, 2), ("echo 1", "echo 2")),
        ("TemporalPositionIdentifier", (1, 10), ("time point 1", "time point 10")),
        ("TriggerTime", (30, 120.5), ("trigger time 30 ms", "trigger time 120.5 ms")),
        ("AcquisitionNumber", (2, 10), ("acquisition 2", "acquisition 10")),
        ("AcquisitionTime", ("101500.25", "101730"), ("acquired at 10:15:00", "acquired at 10:17:30")),
        ("ConvolutionKernel", ("B30f", "B70f"), ("kernel B30f", "kernel B70f")),
        ("SequenceName", ("ep_b0", "ep_b1000#1"), ("sequence ep_b0", "sequence ep_b1000#1")),
        ("DiffusionBValue", (0.0, 800.0), ("b-value 0 s/mm2", "b-value 800 s/mm2")),
        (
            "ImageType",
            (["ORIGINAL", "PRIMARY", "M", "ND"], ["ORIGINAL", "PRIMARY", "P", "ND"]),
            ("image type magnitude/nd", "image type phase/nd"),
        ),
    ],
)
def test_two_volumes_in_a_series(
    tmp_path: Path, keyword: str, values: tuple[object, object], words: tuple[str, str]
) -> None:
    parts = [dicom_series(4, seed=seed, **{keyword: value}) for seed, value in enumerate(values)]
    folder = write_dicom(tmp_path / "mr", numbered(*parts))
    expected = [(f"1.2.3.4#{k + 1}", f"Series 4, {words[k]}", 4) for k in range(2)]
    assert choices_of(folder) == expected
    for k, part in enumerate(parts):
        alone = load_volume(write_dicom(tmp_path / str(k), part))
        chosen = load_volume(folder, series_uid=f"1.2.3.4#{k + 1}")
        assert chosen.content_hash == alone.content_hash
        assert chosen.name == f"Series 4, {words[k]}"


def test_what_differs_from_slice_to_slice_is_not_offered(tmp_path: Path) -> None:
    """Every slice has its own time, and two echoes of it the same."""
    series = [dicom_series(5, seed=seed, EchoNumbers=seed + 1) for seed in range(2)]
    for part in series:
        for number, dataset in enumerate(part):
            dataset.AcquisitionTime = f"1015{number:02d}"
    assert [words for _, words, _ in choices_of(write_dicom(tmp_path / "mr", numbered(*series)))] == [
        "Series 4, echo 1",
        "Series 4, echo 2",
    ]


def test_acquisitions_that_follow_each_other_are_one_volume(tmp_path: Path) -> None:
    series = dicom_series(6)
    for dataset in series[3:]:
        dataset.AcquisitionNumber = 2
    assert load_volume(write_dicom(tmp_path / "ct", series)).shape == (4, 5, 6)


def test_echoes_of_several_time_points(tmp_path: Path) -> None:
    parts = [
        dicom_series(3, seed=2 * time + echo, EchoTime=5.0 * (echo + 1), TemporalPositionIdentifier=time + 1)
        for time in range(3)
        for echo in range(2)
    ]
    found = choices_of(write_dicom(tmp_path / "mr", numbered(*parts)))
    assert [words for _, words, _ in found] == [
        f"Series 4, echo time {echo} ms, time point {time}" for echo in (5, 10) for time in (1, 2, 3)
    ]


def test_repetitions_that_only_their_numbers_tell_apart(tmp_path: Path) -> None:
    parts = [dicom_series(3, seed=seed) for seed in range(3)]
    folder = write_dicom(tmp_path / "mr", numbered(*parts))
    assert [words for _, words, _ in choices_of(folder)] == [
        f"Series 4, repetition {k} of 3" for k in (1, 2, 3)
    ]
    second = load_volume(write_dicom(tmp_path / "second", parts[1]))
    assert load_volume(folder, series_uid="1.2.3.4#2").content_hash == second.content_hash


@pytest.mark.parametrize("stated", [True, False])
def test_a_last_time_point_that_was_broken_off(tmp_path: Path, stated: bool) -> None:
    parts = [dicom_series(5, seed=seed, TemporalPositionIdentifier=seed + 1) for seed in range(4)]
    parts[3] = parts[3][:2]
    for dataset in itertools.chain(*parts) if not stated else ():
        del dataset.TemporalPositionIdentifier
    found = choices_of(write_dicom(tmp_path / "mr", numbered(*parts)))
    words = [f"time point {k}" if stated else f"repetition {k} of 4" for k in range(1, 5)]
    assert [(each.split(", ")[1], slices) for _, each, slices in found] == list(
        zip(words, (5, 5, 5, 2), strict=True)
    )


def test_a_slice_that_lacks_in_one_repetition_shifts_no_others(tmp_path: Path) -> None:
    parts = [dicom_series(4, seed=seed) for seed in range(3)]
    slices = numbered(*parts)
    del slices[5]
    with pytest.raises(GeometryError, match="lie where another does"):
        load_volume(write_dicom(tmp_path / "mr", slices))


def test_scouts_of_other_directions_and_sizes(tmp_path: Path) -> None:
    series = dicom_series(4)
    scout = dicom_slice(np.zeros((5, 4)), (0, 0, 0), orientation=(1, 0, 0, 0, 0, -1), number=9)
    small = dicom_slice(np.zeros((3, 4)), (-10, -20, 50), number=10)
    folder = write_dicom(tmp_path / "ct", [*series, scout, small])
    assert choices_of(folder) == [
        ("1.2.3.4#3", "Series 4, 4x5 pixels, axial slices", 4),
        ("1.2.3.4#1", "Series 4, 4x3 pixels", 1),
        ("1.2.3.4#2", "Series 4, 4x5 pixels, coronal slices", 1),
    ]
    assert load_volume(folder, series_uid="1.2.3.4#3").shape == (4, 5, 4)


def test_volumes_of_several_series_are_offered_together(tmp_path: Path) -> None:
    echoes = [dicom_series(3, seed=k, EchoTime=k + 1, series_uid="1.2.5") for k in range(2)]
    folder = write_dicom(tmp_path / "pacs", numbered(*echoes))
    write_dicom(folder / "other", dicom_series(5, series_uid="1.2.6"), start=50)
    with pytest.raises(SeriesChoiceError, match="files hold 2 series with 3 volumes, choose one: Series 6"):
        load_volume(folder)
    with pytest.raises(SeriesChoiceError, match="series holds 2 volumes, choose one: Series 5, echo time 1"):
        load_volume(folder, series_uid="1.2.5")
    assert load_volume(folder, series_uid="1.2.6").shape == (4, 5, 5)
    assert load_volume(folder, series_uid="1.2.5#2").shape == (4, 5, 3)


def test_slices_at_one_position_that_nothing_tells_apart(tmp_path: Path) -> None:
    series = dicom_series(4) + dicom_series(2, seed=5)
    with pytest.raises(GeometryError, match="2 of 6 slices lie where another does"):
        load_volume(write_dicom(tmp_path / "ct", series))


def taking_turns(count: int, volumes: int, **tags: tuple[object, ...]) -> list[FileDataset]:
    """Slices at even places, each in turn of another volume; ``tags`` hold a value for each volume."""
    series = dicom_series(count, modality="MR")
    for number, dataset in enumerate(series):
        for keyword, values in tags.items():
            setattr(dataset, keyword, values[number % volumes])
    return series


@pytest.mark.parametrize("count", [8, 9])
@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ({"EchoTime": (4.6, 2.3)}, ("echo time 2.3 ms", "echo time 4.6 ms")),
        ({"EchoNumbers": (1, 2)}, ("echo 1", "echo 2")),
        ({"EchoNumbers": (1, 2), "EchoTime": (2.3, 4.6)}, ("echo time 2.3 ms", "echo time 4.6 ms")),
        ({"DiffusionBValue": (0.0, 800.0)}, ("b-value 0 s/mm2", "b-value 800 s/mm2")),
        ({"EchoTime": (1.5, 3.0, 4.5)}, ("echo time 1.5 ms", "echo time 3 ms", "echo time 4.5 ms")),
    ],
)
def test_echoes_between_each_other(
    tmp_path: Path, count: int, tags: dict[str, tuple[object, ...]], words: tuple[str, ...]
) -> None:
    volumes = len(words)
    series = taking_turns(count, volumes, **tags)
    folder = write_dicom(tmp_path / "mr", series)
    assert {each.removeprefix("Series 4, ") for _, each, _ in choices_of(folder)} == set(words)
    keyword = next(reversed(tags))
    for k, value in enumerate(sorted(tags[keyword])):
        part = [dataset for dataset in series if getattr(dataset, keyword) == value]
        alone = load_volume(write_dicom(tmp_path / str(k), part))
        assert load_volume(folder, series_uid=f"1.2.3.4#{k + 1}").content_hash == alone.content_hash
        assert alone.spacing_mm[2] == pytest.approx(2.0 * volumes)


@pytest.mark.parametrize(
    "tags",
    [
        {"AcquisitionNumber": (1, 2)},
        {"TriggerTime": (30.0, 400.0)},
        {"AcquisitionTime": ("101500", "101730")},
        {"TemporalPositionIdentifier": (1, 2)},
        {"SliceThickness": (2.0, 2.1)},
        {"EchoTime": (2.3, 2.3), "AcquisitionNumber": (1, 2)},
        {"StackID": ("1", "2")},
        {"EchoTime": (2.3, 2.32)},
    ],
)
def test_slices_that_were_acquired_in_turn_are_one_volume(
    tmp_path: Path, tags: dict[str, tuple[object, ...]]
) -> None:
    """Odd slices first, then even ones: what differs then is when, not what."""
    series = taking_turns(8, 2, **tags)
    assert load_volume(write_dicom(tmp_path / "mr", series)).shape == (4, 5, 8)


def test_echo_times_that_differ_otherwise_are_one_volume(tmp_path: Path) -> None:
    """Scanners adapt them a little, slice by slice or block by block."""
    for name, times in {
        "drift": (2.3, 2.31, 2.32, 2.33, 2.34, 2.35),
        "block": (2.3,) * 3 + (2.4,) * 3,
    }.items():
        series = dicom_series(6, modality="MR")
        for dataset, time in zip(series, times, strict=True):
            dataset.EchoTime = time
        assert load_volume(write_dicom(tmp_path / name, series)).shape == (4, 5, 6)

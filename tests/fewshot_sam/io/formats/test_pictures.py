"""Files of unrelated pictures: sizes that differ, colour, names, DICOM, and what is asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fewshot_sam.data.pictures import StackKind, single_picture
from fewshot_sam.data.planes import Plane, take_slice, to_display
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError, PicturesChoiceError, SeriesChoiceError
from fewshot_sam.io import load_volume
from fewshot_sam.io.dicom import series
from fewshot_sam.io.formats import images
from fewshot_sam.io.limits import ReadLimits
from fewshot_sam.io.sandbox.reading import read_volume
from tests.fewshot_sam.synthetic_files import dicom_series, dicom_slice, write_dicom
from tests.fewshot_sam.synthetic_pictures import SIZES, inside_pictures, write_pictures


def shown(volume: Volume, index: int) -> np.ndarray:
    return volume.pictures[index].inside(to_display(take_slice(volume.voxels, Plane.AXIAL, index)))


def test_pictures_of_several_sizes_are_padded_to_the_largest(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    volume = load_volume(tmp_path, pictures=True)
    assert volume.shape == (56, 56, len(SIZES))
    assert [(each.rows, each.columns) for each in volume.pictures] == list(SIZES)
    assert [each.name for each in volume.pictures] == [f"picture {n}.png" for n in range(1, 7)]
    for index in range(len(SIZES)):
        stored = np.array(Image.open(tmp_path / f"picture {index + 1}.png"))
        np.testing.assert_array_equal(shown(volume, index), stored)
    padding = ~inside_pictures(volume.pictures, volume.shape)
    assert padding.any()
    assert set(np.unique(volume.voxels[padding])) == {volume.voxels.min()}
    assert (volume.modality, volume.default_plane, volume.colour) == ("OT", Plane.AXIAL, None)


def test_colours_are_kept_beside_their_luminance(tmp_path: Path) -> None:
    write_pictures(tmp_path, colour=True)
    Image.fromarray(np.full((30, 20), 77, np.uint8)).save(tmp_path / "z grey.png")
    volume = load_volume(tmp_path, pictures=True)
    assert volume.colour is not None
    assert volume.colour.shape == (7, 56, 56, 3)
    stored = np.array(Image.open(tmp_path / "picture 2.png"))
    np.testing.assert_array_equal(volume.pictures[1].inside(volume.colour[1]), stored)
    luminance = stored @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(shown(volume, 1), luminance, atol=0.51)
    assert (volume.pictures[6].inside(volume.colour[6]) == 77).all()
    assert (shown(volume, 6) == 77).all()


def test_names_that_only_look_alike_stay(tmp_path: Path) -> None:
    names = ["x2.png", "x².png", "é.png", "e\u0301.png", "1.png", "①.png"]
    for name in names:
        Image.fromarray(np.zeros((4, 5), np.uint8)).save(tmp_path / name)
    (tmp_path / "more").mkdir()
    Image.fromarray(np.zeros((4, 5), np.uint8)).save(tmp_path / "more" / "X2.png")
    found = [each.name for each in load_volume(tmp_path, pictures=True).pictures]
    assert sorted(found) == sorted(["X2.png", "x2 (2).png", *names[1:]])


def test_without_being_told_colour_and_sizes_are_refused_with_what_to_do(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    with pytest.raises(ImageFormatError, match=r"one size.*unrelated pictures"):
        load_volume(tmp_path)
    write_pictures(tmp_path / "colour", SIZES[:1], colour=True)
    with pytest.raises(SeriesChoiceError, match=r"colours as grey \(#1\).*unrelated pictures"):
        load_volume(tmp_path / "colour")


@pytest.mark.parametrize("colour", [False, True])
def test_what_looks_unrelated_is_not_asked_about(tmp_path: Path, colour: bool) -> None:
    sizes = [(32, 32)] * 3 if colour else SIZES
    write_pictures(tmp_path, sizes, colour)
    assert len(load_volume(tmp_path, pictures=StackKind.ASK).pictures) == len(sizes)


def test_grey_pictures_of_one_size_are_asked_about(tmp_path: Path) -> None:
    write_pictures(tmp_path, [(32, 32)] * 3)
    with pytest.raises(PicturesChoiceError, match=r"3 pictures.*slices of one body, or unrelated"):
        load_volume(tmp_path, pictures=StackKind.ASK)
    assert load_volume(tmp_path).pictures == ()
    assert len(load_volume(tmp_path, pictures=True).pictures) == 3


def test_one_picture_is_a_picture_and_alike_pages_of_one_file_are_slices(tmp_path: Path) -> None:
    write_pictures(tmp_path, SIZES[:1])
    assert len(load_volume(tmp_path / "picture 1.png", pictures=StackKind.ASK).pictures) == 1
    pages = [Image.fromarray(np.full((20, 24), 40 * n, np.uint8)) for n in range(4)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    assert load_volume(tmp_path / "stack.tif", pictures=StackKind.ASK).pictures == ()
    named = load_volume(tmp_path / "stack.tif", pictures=True).pictures
    assert [each.name for each in named] == [f"stack page {n}.tif" for n in (1, 2, 3, 4)]


def test_files_of_one_name_keep_apart(tmp_path: Path) -> None:
    write_pictures(tmp_path / "a", SIZES[:1])
    write_pictures(tmp_path / "b", SIZES[:1])
    volume = load_volume(tmp_path, pictures=True)
    assert [each.name for each in volume.pictures] == ["picture 1.png", "picture 1 (2).png"]


def test_a_stack_that_is_too_large_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    with pytest.raises(ImageFormatError, match=r"3 pictures.*56 x 48 pixels.*Open fewer at a time"):
        load_volume(tmp_path, pictures=True, limits=ReadLimits(max_voxels=7000))


def test_xrays_in_dicom_are_pictures_with_their_spacing(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    pixels = [random.integers(0, 900, size) for size in ((30, 24), (20, 28))]
    files = [dicom_slice(each, (0, 0, 0), modality="DX", intercept=0) for each in pixels]
    for each in files:
        del each.ImagePositionPatient, each.ImageOrientationPatient
    files[1].PhotometricInterpretation = "MONOCHROME1"
    write_dicom(tmp_path, files)
    volume = load_volume(tmp_path, pictures=StackKind.ASK)
    assert [(each.rows, each.columns, each.pixel_mm) for each in volume.pictures] == [
        (30, 24, (0.8, 0.6)),
        (20, 28, (0.8, 0.6)),
    ]
    np.testing.assert_array_equal(shown(volume, 0), pixels[0])
    np.testing.assert_array_equal(shown(volume, 1), pixels[1].max() + pixels[1].min() - pixels[1])


def test_headers_are_parsed_and_pages_decoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[Path] = []

    def noted(function: Callable[..., Any], at: int) -> Callable[..., Any]:
        return lambda *args, **more: (done.append(args[at]), function(*args, **more))[1]

    monkeypatch.setattr(series, "read_header", noted(series.read_header, 0))
    monkeypatch.setattr(images, "_decoded", noted(images._decoded, 1))
    xrays = [dicom_slice(np.full((20, 24), n), (0, 0, 0), modality="DX") for n in (1, 2)]
    write_dicom(tmp_path / "xrays", xrays)
    load_volume(tmp_path / "xrays", pictures=StackKind.ASK)
    assert sorted(done) == sorted((tmp_path / "xrays").iterdir())
    done.clear()
    pages = [Image.fromarray(np.full((20, 24), 40 * n, np.uint8)) for n in range(3)]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    asked = load_volume(tmp_path / "stack.tif", pictures=StackKind.ASK)
    assert done == [tmp_path / "stack.tif"] * 3
    told = load_volume(tmp_path / "stack.tif")
    np.testing.assert_array_equal(asked.voxels, told.voxels)
    assert (asked.content_hash, asked.name, asked.default_plane, asked.pictures) == (
        told.content_hash,
        told.name,
        told.default_plane,
        (),
    )


def test_ultrasound_in_colour(tmp_path: Path) -> None:
    colours = np.random.default_rng(0).integers(0, 255, (20, 24, 3)).astype(np.uint8)
    file = dicom_slice(colours[..., 0], (0, 0, 0), modality="US", SamplesPerPixel=3, BitsAllocated=8)
    file.PhotometricInterpretation, file.PlanarConfiguration = "RGB", 0
    file.BitsStored, file.HighBit, file.PixelData = 8, 7, colours.tobytes()
    write_dicom(tmp_path, [file])
    volume = load_volume(tmp_path, pictures=StackKind.ASK)
    assert volume.colour is not None
    np.testing.assert_array_equal(volume.colour[0], colours)


def test_a_ct_is_no_stack_of_pictures(tmp_path: Path) -> None:
    write_dicom(tmp_path, dicom_series())
    assert load_volume(tmp_path, pictures=StackKind.ASK).pictures == ()


def test_the_confined_reader_says_the_same(tmp_path: Path) -> None:
    write_pictures(tmp_path / "pictures", colour=True)
    files = sorted((tmp_path / "pictures").iterdir())
    here = load_volume(files, pictures=True)
    with read_volume(files, kind=StackKind.ASK) as read:
        assert read.volume.pictures == here.pictures
        assert read.volume.content_hash == here.content_hash
        assert here.colour is not None
        np.testing.assert_array_equal(np.concatenate(list(read.colour_blocks())), here.colour.ravel())


def test_a_single_picture_has_no_padding_and_a_hash_of_its_own(tmp_path: Path) -> None:
    write_pictures(tmp_path)
    stack = load_volume(tmp_path, pictures=True)
    alone = [single_picture(stack, index) for index in range(len(SIZES))]
    assert [each.shape for each in alone] == [(columns, rows, 1) for rows, columns in SIZES]
    assert len({each.content_hash for each in alone}) == len(SIZES)
    assert {each.content_hash[:16] for each in alone} == {stack.content_hash[:16]}
    assert max(alone[0].shape) * alone[0].spacing_mm[0] == pytest.approx(256.0)

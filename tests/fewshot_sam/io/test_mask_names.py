"""Which picture a mask is of, by its name: the right one, or none; never one that is only called alike."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from pathlib import Path, PurePath

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fewshot_sam.data.file_names import as_compared, safe_file_name
from fewshot_sam.data.pictures import Picture
from fewshot_sam.data.volume import Volume
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io import load_label_map, load_volume
from fewshot_sam.io.mask_names import mask_names, mask_places
from fewshot_sam.io.picture_export import save_picture_masks

LONG = "p" * 240
MET = [
    ("a.png", "a.jpg", "a.png.png"),
    ("x?.png", "x:.png", "Läsion 肝.png"),
    ("nul.png", "e\u0301.png", "z" * 250 + ".png"),
    ("m²1.png", "m21.png"),
    ("①.png", "1.png"),
    ("\uff21.png", "A.png"),
    ("x ½.png", "x 1\u20442.png"),
    ("é.png", "e\u0301.png"),
    ("a..png", "a.png"),
    ("a?.png", "a_.png"),
    ("CON.png", "con_.png"),
    (f"{LONG}1.png", f"{LONG}2.png"),
]
"""Names of pictures that one file system or another takes for one."""


def called(*names: str) -> list[Picture]:
    return [Picture(name, 4, 4) for name in names]


def stack_of(folder: Path, names: tuple[str, ...]) -> Volume:
    """Pictures of these names; the position of each is its position among the names."""
    (folder / "pictures").mkdir()
    for name in names:
        kind = "JPEG" if name.endswith("jpg") else "PNG"
        Image.fromarray(np.full((6, 7), 90, np.uint8)).save(folder / "pictures" / name, kind)
    stack = load_volume(folder / "pictures", pictures=True)
    assert {picture.name for picture in stack.pictures} == set(names)
    return stack


def numbered(stack: Volume) -> np.ndarray:
    """Labels that tell the pictures apart: 1 all over the first, and so on."""
    return np.broadcast_to(np.arange(1, stack.shape[2] + 1, dtype=np.uint16), stack.shape)


def names_before(shown: list[str]) -> list[str]:
    """What masks were called before odd characters were replaced and forms of letters compared."""
    stems = [PurePath(name).stem for name in shown]
    often = Counter(stem.casefold() for stem in stems)
    return [
        f"{stem if often[stem.casefold()] == 1 else name}.png"
        for stem, name in zip(stems, shown, strict=True)
    ]


def test_names_that_would_meet_keep_their_endings() -> None:
    pictures = called("a.jpg", "A.png", "b.tif")
    assert mask_names(pictures) == ["a.jpg.png", "A.png.png", "b.png"]


def test_a_whole_name_that_is_the_beginning_of_another_meets_no_mask() -> None:
    pictures = [Picture(name, 4, 4) for name in ("a.png", "a.jpg", "a.png.png")]
    assert mask_names(pictures) == ["a.png.png", "a.jpg.png", "a.png.png.png"]
    assert mask_names(pictures[::-1]) == mask_names(pictures)[::-1]
    assert mask_names(pictures[::2]) == ["a.png", "a.png.png"]


def test_letters_stay_and_odd_characters_meet_no_other_name() -> None:
    pictures = [Picture(name, 4, 4) for name in ("Läsion 肝.png", "a?.png", "a:.png", "con.png", "é" * 200)]
    names = mask_names(pictures)
    assert names == ["Läsion 肝.png", "a_.png.png", "a_.png (2).png", "con_.png", f"{'é' * 117}.png"]


@pytest.mark.parametrize("names", MET)
def test_every_mask_of_a_zip_comes_back_to_its_picture(tmp_path: Path, names: tuple[str, ...]) -> None:
    stack = stack_of(tmp_path, names)
    save_picture_masks(numbered(stack), stack, tmp_path / "masks.zip", {})
    np.testing.assert_array_equal(load_label_map(tmp_path / "masks.zip", stack), numbered(stack))


@pytest.mark.parametrize("names", MET[1:])
def test_every_mask_of_a_zip_of_before_does(tmp_path: Path, names: tuple[str, ...]) -> None:
    stack = stack_of(tmp_path, names)
    with zipfile.ZipFile(tmp_path / "masks.zip", "w") as archive:
        for code, name in enumerate(names_before([each.name for each in stack.pictures]), start=1):
            file = io.BytesIO()
            Image.fromarray(np.full((6, 7), code, np.uint8)).save(file, "PNG")
            archive.writestr(f"masks/{name}", file.getvalue())
    np.testing.assert_array_equal(load_label_map(tmp_path / "masks.zip", stack), numbered(stack))


@pytest.mark.parametrize("names", MET[1:])
def test_one_mask_is_of_the_picture_of_its_very_name(names: tuple[str, ...]) -> None:
    assert [mask_places([name], called(*names)) for name in names] == [[i] for i in range(len(names))]
    backwards = names[::-1]
    assert mask_places(names, called(*backwards)) == [backwards.index(name) for name in names]


def test_one_mask_alone_does_not_go_onto_a_picture_of_a_similar_name(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, ("x2.png", "x².png"))
    Image.fromarray(np.full((6, 7), 1, np.uint8)).save(tmp_path / "x².png")
    read = load_label_map(tmp_path / "x².png", stack)
    painted = [picture.name for at, picture in enumerate(stack.pictures) if read[..., at].any()]
    assert painted == ["x².png"]


@pytest.mark.parametrize(
    ("mask", "names", "place"),
    [
        ("Scan.PNG", ("scan.png", "other.png"), 0),
        ("SCAN.tif", ("scan.dcm", "\uff53can.dcm"), 0),
        ("scan.png.png", ("scan.png", "other.png"), 0),
        ("scan.png", ("scan.png.dcm", "other.dcm"), 0),
        ("e\u0301.png", ("é.png", "e.png"), 0),
        ("a_.png", ("b.png", "a?.png"), 1),
        ("a_.png.png", ("a?.png", "a:.jpg"), 0),
        ("a.png", ("a.png", "a.jpg"), 0),
        ("none.png", ("a.png", "a.jpg"), None),
    ],
)
def test_other_ways_to_write_a_name(mask: str, names: tuple[str, ...], place: int | None) -> None:
    assert mask_places([mask], called(*names)) == [place]


@pytest.mark.parametrize(
    ("mask", "names"),
    [
        ("a.tif", ("a.png", "a.jpg")),  # two of one stem
        ("a:.png", ("a?.png", "a_.png")),  # differs from both
        ("x㎡.png", ("xm2.png", "xm².png")),
        ("a.png.png", ("a.png", "a.jpg", "a.png.png")),  # its very name, and what another's mask is called
        ("a_.png", ("a?", "a_")),
    ],
)
def test_a_mask_that_may_be_of_two_pictures_is_of_none(mask: str, names: tuple[str, ...]) -> None:
    with pytest.raises(ImageFormatError, match=r"may be of '.*' or of '.*'.*letter by letter"):
        mask_places([mask], called(*names))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.text(st.sampled_from("aA.?:\u0301é"), min_size=1, max_size=5), min_size=1, max_size=8))
def test_no_two_masks_have_one_name(stems: list[str]) -> None:
    names = mask_names([Picture(f"{stem}.png", 4, 4) for stem in stems])
    assert len({as_compared(safe_file_name(name)) for name in names}) == len(stems)
    assert [safe_file_name(name) for name in names] == names

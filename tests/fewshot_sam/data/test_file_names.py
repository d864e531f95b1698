"""Names that every file system takes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewshot_sam.data.file_names import cut_file_name, safe_characters, without_device

QUICK = settings(max_examples=50, deadline=None)


@pytest.mark.parametrize(
    ("name", "cut"),
    [
        ("scan.nii.gz", "scan.nii.gz"),
        ("x" * 300 + ".nii.gz", "x" * 248 + ".nii.gz"),
        ("肝" * 100 + ".nrrd", "肝" * 83 + ".nrrd"),
        ("x" * 300, "x" * 255),
        ("a." + "x" * 300, "a." + "x" * 253),
        ("x. " * 100 + ".mha", "x. " * 83 + "x.mha"),
    ],
)
def test_long_names_keep_their_ending(name: str, cut: str) -> None:
    assert cut_file_name(name) == cut


@QUICK
@given(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=120), st.integers(30, 255))
def test_a_cut_name_fits(name: str, max_bytes: int) -> None:
    assert len(cut_file_name(name, max_bytes).encode()) <= max_bytes


@QUICK
@given(st.text(st.characters(), max_size=60))
def test_no_character_of_a_safe_name_is_reserved(name: str) -> None:
    assert not set(safe_characters(name)) & set('<>:"/\\|?*\0\n\ufffd')


@pytest.mark.parametrize("name", ["CON", "nul.txt", "Com1.nii", "LPT9 .x", "aux.nii.gz", "com\u00b9"])
def test_devices_of_windows(name: str) -> None:
    assert without_device(name) != name
    assert without_device(without_device(name)) == without_device(name)


@pytest.mark.parametrize("name", ["CONTRAST.nii", "com10.nii", "a.con", "auxiliary", "nul-mask.nii"])
def test_names_that_are_no_devices(name: str) -> None:
    assert without_device(name) == name

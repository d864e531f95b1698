"""Names in tables of other programs: ITK-SNAP, 3D Slicer, FreeSurfer, BIDS."""

from __future__ import annotations

from pathlib import Path

import pytest

from fewshot_sam.data.label_names import LabelName
from fewshot_sam.errors import ImageFormatError
from fewshot_sam.io.label_names.base import NoNamesError
from fewshot_sam.io.label_names.registry import names_in

ITK_SNAP = """\
################################################
# ITK-SnAP Label Description File
# IDX   -R-  -G-  -B-  -A--  VIS MSH  LABEL
################################################
    0     0    0    0        0  0  0    "Clear Label"
    1   255    0   16        1  1  1    "Leber, links"
   17     0  128  255      0.5  1  0    "肝 "left""
"""
COLOR_TABLE = """\
# Color table file Labels.ctbl
0 Background 0 0 0 0
1 Leber,_links 255 0 16 255
17 Left-Hippocampus 0 128 255 0
"""
BIDS = """\
index\tname\tabbreviation\tcolor
0\tbackground\tbg\tn/a
1\tLeber links\tL\t#FF0010

17\t肝\tn/a\tn/a
"""


def names(tmp_path: Path, file_name: str, content: str) -> dict[int, LabelName]:
    path = tmp_path / file_name
    path.write_bytes(content.encode())
    return names_in(path)


@pytest.mark.parametrize("file_name", ["a.label", "a.txt", "A.LBL"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_itk_snap(tmp_path: Path, file_name: str, start: str) -> None:
    assert names(tmp_path, file_name, start + ITK_SNAP.replace("\n", "\r\n")) == {
        1: LabelName("Leber, links", "#ff0010"),
        17: LabelName('肝 "left"', "#0080ff"),
    }


@pytest.mark.parametrize("file_name", ["a.ctbl", "a.txt"])
def test_colour_tables(tmp_path: Path, file_name: str) -> None:
    assert names(tmp_path, file_name, COLOR_TABLE) == {
        1: LabelName("Leber,_links", "#ff0010"),
        17: LabelName("Left-Hippocampus", "#0080ff"),
    }


def test_bids(tmp_path: Path) -> None:
    expected = {1: LabelName("Leber links", "#ff0010"), 17: LabelName("肝")}
    assert names(tmp_path, "a_dseg.tsv", BIDS) == expected
    assert names(tmp_path, "b_dseg.tsv", "name\tindex\nLeber links\t1\n") == {1: LabelName("Leber links")}


@pytest.mark.parametrize(
    ("file_name", "content", "message"),
    [
        ("a.label", "1 255 0 0 1 1 1 liver", r"label description must give names by code, such as 1 255"),
        ("a.label", "", "must give names by code"),
        ("a.txt", "Please read me.", "must give names by code"),
        ("a.label", ITK_SNAP + "and more", "must give names by code"),
        ("a.ctbl", '1 "liver" 255 0', "colour table must give names by code, such as 1 liver"),
        ("a.tsv", "onset\tduration\n1\t2\n", 'table must give names by code, in columns "index" and "name"'),
        ("a.tsv", "index\tname\n1\n", "must give names by code"),
        ("a.tsv", "index\tname\none\tliver\n", "must give names by code"),
        ("a.tsv", "", "must give names by code"),
    ],
)
def test_files_of_other_kinds(tmp_path: Path, file_name: str, content: str, message: str) -> None:
    with pytest.raises(NoNamesError, match=message):
        names(tmp_path, file_name, content)


@pytest.mark.parametrize(
    ("file_name", "content", "message"),
    [
        ("a.label", '70000 255 0 0 1 1 1 "liver"', "from 0 to 65535, got 70000"),
        ("a.tsv", "index\tname\n-1\tliver\n", "from 0 to 65535, got -1"),
        ("a.tsv", "index\tname\n1\tliver\n1\tspleen\n", "code 1 is both 'liver' and 'spleen'"),
        ("a.tsv", "index\tname\n" + "1\tliver\n" * 200_000, "table .* must have at most 1024 KB"),
    ],
)
def test_names_that_cannot_be_used(tmp_path: Path, file_name: str, content: str, message: str) -> None:
    with pytest.raises(ImageFormatError, match=message):
        names(tmp_path, file_name, content)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.label"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(NoNamesError, match="must give names by code"):
        names_in(path)


def test_colours_out_of_range_are_left_out(tmp_path: Path) -> None:
    assert names(tmp_path, "a.label", '1 256 0 0 1 1 1 "liver"') == {1: LabelName("liver")}

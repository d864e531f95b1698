"""Tests of fewshot_sam.io.terminology."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fewshot_sam.data.terms import SegmentTerm
from fewshot_sam.io.terminology import UNKNOWN, match, search
from fewshot_sam.io.terminology.known import ALSO_CALLED, PAIRED, SAYS_TOO_LITTLE
from fewshot_sam.io.terminology.listed import listed_terms
from fewshot_sam.io.terminology.words import key_of, words_of

TERMS = listed_terms()
MEANINGS = [term.type.meaning for term in TERMS]
# Of the names of TotalSegmentator that stand in the test data: what each says. All others say nothing.
MATCHED = {
    "adrenal_gland_left": "23451007 left",
    "adrenal_gland_right": "23451007 right",
    "aorta": "15825003",
    "colon": "71854001",
    "costal_cartilages": "50016007",
    "duodenum": "38848004",
    "femur_left": "71341001 left",
    "femur_right": "71341001 right",
    "gallbladder": "28231008",
    "humerus_left": "85050009 left",
    "humerus_right": "85050009 right",
    "iliac_artery_left": "10293006 left",
    "iliac_artery_right": "10293006 right",
    "iliac_vena_left": "244411005 left",
    "iliac_vena_right": "244411005 right",
    "inferior_vena_cava": "64131007",
    "kidney_left": "64033007 left",
    "kidney_right": "64033007 right",
    "liver": "10200004",
    "lung_lower_lobe_left": "90572001 left",
    "lung_lower_lobe_right": "90572001 right",
    "lung_right": "39607008 right",
    "lung_upper_lobe_left": "45653009 left",
    "pancreas": "15776009",
    "prostate": "41216001",
    "sacrum": "54735007",
    "small_bowel": "30315005",
    "spinal_cord": "2748008",
    "spleen": "78961009",
    "stomach": "69695003",
    "urinary_bladder": "89837001",
    "vertebrae": "51282000",
    "vertebrae_L1": "66794005",
    "vertebrae_L2": "14293000",
    "vertebrae_L3": "36470004",
    "vertebrae_L4": "11994002",
    "vertebrae_L5": "49668003",
    "vertebrae_T11": "12989004",
    "vertebrae_T12": "23215003",
}


def said(term: SegmentTerm | None) -> str | None:
    """The code of a term's type and its side."""
    if term is None:
        return None
    return f"{term.type.value} {term.modifier.meaning.lower()}" if term.modifier else term.type.value


def test_no_two_terms_are_called_the_same() -> None:
    assert len(TERMS) > 1300
    assert len({(term.type.scheme, term.type.value) for term in TERMS}) == len(TERMS)
    assert len({key_of(words_of(meaning)) for meaning in MEANINGS}) == len(TERMS)
    assert {term.type.scheme for term in TERMS} == {"SCT"}


def test_other_names_are_of_the_list_and_not_taken() -> None:
    assert {*ALSO_CALLED.values(), *PAIRED, *SAYS_TOO_LITTLE} <= set(MEANINGS)
    taken = {key_of(words_of(meaning)) for meaning in MEANINGS}
    assert not [name for name in ALSO_CALLED if key_of(words_of(name)) in taken]


@pytest.mark.parametrize("terms", [TERMS[start::8] for start in range(8)])
def test_each_is_found_by_its_name(terms: list[SegmentTerm]) -> None:
    for term in terms:
        assert search(term.type.meaning, limit=1) == [term]
        assert match(term.type.meaning) == (None if term.type.meaning in SAYS_TOO_LITTLE else term)


@pytest.mark.parametrize(
    "words", ["right kidney", "kidney_right", "Kidney, right", "KIDNEYS RIGHT", "kidneyRight"]
)
def test_a_side_is_the_modifier(words: str) -> None:
    first = search(words)[0]
    assert (first.words, first.modifier and first.modifier.value) == ("Kidney, right", "24028007")
    assert match(words) == first


def test_a_term_that_has_a_side_needs_no_modifier() -> None:
    assert search("right atrium")[0].words == "Right atrium"
    assert said(match("atrium_right")) == "73829009"


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("vertebra L5", "L5 vertebra"),
        ("L5", "L5 vertebra"),
        ("Th12 vertebra", "T12 vertebra"),
        ("oesophagus", "Esophagus"),
        ("haemorrhage", "Hemorrhage"),
        ("tumour", "Neoplasm"),
        ("grey matter", "Gray Matter"),
        ("caecum", "Cecum"),
        ("coeliac trunk", "Truncus coeliacus"),
        ("lymph nodes", "Lymph Node"),
        ("arteries", "Artery"),
        ("kidn", "Kidney"),
        ("lobe lung upper", "Upper lobe of lung"),
        ("10200004", "Liver"),
        ("4th ventricle", "Fourth Ventricle"),
    ],
)
def test_finds_what_people_write(words: str, meaning: str) -> None:
    assert search(words)[0].type.meaning == meaning


def test_answers_no_more_than_wanted_and_nothing_for_nothing() -> None:
    assert len(search("artery", limit=7)) == 7
    assert search(" ,; ") == [] == search("xyzzy")


def test_names_of_real_segmentations_match_or_say_nothing(data_dir: Path) -> None:
    names = {
        name
        for case in ("ct_abdomen", "ct_dicom", "mr_torso")
        for name in json.loads((data_dir / case / "labels.json").read_text()).values()
    }
    assert {name: said(match(name)) for name in names} == {name: MATCHED.get(name) for name in names}
    assert set(MATCHED) <= names


@pytest.mark.parametrize(
    "name",
    [
        "head", "hip_left", "pelvis", "Ventricle", "Anterior", "Posterior", "label 1", "rib_left_7",
        "liver_right", "colon left", "kidney cyst", "kidney left right", "liver and spleen", "left", "",
        "heart 2", "nieren", "10200004",
    ],
)  # fmt: skip
def test_says_nothing_rather_than_a_guess(name: str) -> None:
    assert match(name) is None


@given(st.text(max_size=60))
def test_takes_any_text(name: str) -> None:
    assert len(search(name, limit=3)) <= 3
    assert match(name) is None or isinstance(match(name), SegmentTerm)


@pytest.mark.parametrize(
    ("name", "category"),
    [
        ("liver", "Anatomical Structure"),
        ("tumor", "Morphologically Abnormal Structure"),
        ("metastasis", "Morphologically Abnormal Structure"),
        ("fat", "Tissue"),
        ("urine", "Body Substance"),
        ("lymph", "Body Substance"),
    ],
)
def test_each_has_a_category(name: str, category: str) -> None:
    assert search(name)[0].category.meaning == category


def test_unknown_is_of_the_list() -> None:
    assert UNKNOWN in TERMS


def test_the_dictionaries_are_not_loaded_before_they_are_asked_for() -> None:
    code = "import sys, fewshot_sam.io.terminology; assert 'pydicom' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

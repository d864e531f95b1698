"""Names keep their letters, and are cut between them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewshot_sam.data.text import cut_bytes, cut_characters, on_one_line, printable

QUICK = settings(max_examples=50, deadline=None)

ANY_TEXT = st.text(st.characters(), max_size=60)
FAMILY, FLAG, SYLLABLE, ACCENT = (
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e9\U0001f1ea",
    "\u1112\u1161\u11ab",
    "u\u0308",
)
NAMES = [
    "Überweisung",
    "Печень",
    "肝臓と脾臓",
    "الكبد",
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "क्षेत्र",
    "Mu\u0308ller",
    f"scan {FAMILY} {FLAG}",
    "\U00020bb7野家",
]


@pytest.mark.parametrize("name", NAMES)
def test_every_script_stays(name: str) -> None:
    assert printable(name) == on_one_line(name) == name


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\x00c", "a b c"),
        ("a\u202eb\u2066", "a b"),
        ("a\u00a0\u3000b", "a b"),
        ("half \ud83d", "half"),
        ("\ufffe\ufeffa", "a"),
        ("", ""),
    ],
)
def test_what_has_no_place_on_a_line(text: str, shown: str) -> None:
    assert on_one_line(text) == shown


@QUICK
@given(ANY_TEXT)
def test_printable_text_is_storable_and_stays_so(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    shown.encode("utf-8")
    assert not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in shown)
    assert printable(shown) == shown


@QUICK
@given(ANY_TEXT, st.integers(0, 80))
def test_a_cut_text_is_a_beginning_within_the_limit(text: str, limit: int) -> None:
    by_bytes, by_characters = cut_bytes(text, limit), cut_characters(text, limit)
    assert text.startswith(by_bytes)
    assert text.startswith(by_characters)
    assert len(by_bytes.encode("utf-8", "surrogatepass")) <= limit
    assert len(by_characters) <= limit
    if len(text) <= limit:
        assert by_characters == text


@pytest.mark.parametrize("letter", [FAMILY, FLAG, SYLLABLE, ACCENT, "肝", "\U0001f44d\U0001f3fd"])
@pytest.mark.parametrize("count", [0, 1, 2])
def test_a_text_is_cut_where_a_letter_ends(letter: str, count: int) -> None:
    text, size = letter * 4, len(letter.encode())
    for extra in range(size):
        assert cut_bytes(text, count * size + extra) == letter * count or not count
    assert cut_characters(text, count * len(letter)) == letter * count


def test_a_letter_that_is_too_long_is_cut_within() -> None:
    assert cut_bytes("e" + "\u0301" * 300, 20) == "e" + "\u0301" * 9

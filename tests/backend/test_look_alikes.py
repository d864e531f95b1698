"""Names that look the same: which do, and what is refused of them."""

from __future__ import annotations

import pytest

from backend.config import Config
from backend.errors import ConflictError, InvalidRequestError
from backend.look_alikes import looks, mixes_alphabets, without_unseen
from backend.schemas.enums import AccountRole
from tests.backend.accounts_helpers import accounts_of, services_with_logins


@pytest.mark.parametrize(
    "other",
    [
        "ada",
        "\uff21\uff44\uff41",  # wide
        "\U0001d400da",  # bold
        "\u0410d\u0430",  # Cyrillic A and a
        "\u0391da",  # Greek A
        "A\u200dda",
        "Ad\u3164a",
        "Ada\ufe0f",
    ],
)
def test_what_looks_the_same(other: str) -> None:
    assert looks(other) == looks("Ada")


@pytest.mark.parametrize(
    ("name", "other"),
    [("Ada", "\u00c4da"), ("Ada", "Ada 2"), ("Arno", "Amo"), ("\u0418\u0432\u0430\u043d", "Ivan")],
)
def test_what_does_not(name: str, other: str) -> None:
    assert looks(name) != looks(other)


def test_words_of_several_alphabets() -> None:
    assert mixes_alphabets("\u13aada")  # a Cherokee letter that looks like A
    assert mixes_alphabets("A\u0501a")
    assert not mixes_alphabets("Ada \u0418\u0432\u0430\u043d")
    assert not mixes_alphabets("L\u00f6velace-\u03b2 2")
    assert not mixes_alphabets("\u5065\u4e8c")
    assert without_unseen("a\u3164d\u034fa\u200db") == "ada\u200db"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("A\u202eda", r"not seen \(U\+202E\)"),
        ("Ad\u3164a", r"not seen \(U\+3164\)"),
        ("Ad\u0007a", r"not seen \(U\+0007\)"),
        ("\u0410da", "mixes letters of several alphabets"),
    ],
)
def test_a_name_that_does_not_look_as_it_is_spelt_is_refused(config: Config, name: str, told: str) -> None:
    services = services_with_logins(config)
    with pytest.raises(InvalidRequestError, match=told):
        accounts_of(services).add(name, AccountRole.ANNOTATOR)
    services.close()


def test_a_name_that_looks_like_anothers_is_refused(config: Config) -> None:
    services = services_with_logins(config)
    accounts_of(services).add("Cop", AccountRole.ANNOTATOR)
    with pytest.raises(ConflictError, match="looks like that of the account 'Cop'"):
        accounts_of(services).add("\u0421\u043e\u0440", AccountRole.ANNOTATOR)
    services.close()

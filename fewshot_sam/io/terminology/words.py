"""Names of structures as words that can be compared, whoever wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterable

Words = tuple[str, ...]
"""Words of a name in lower case, singular and in American spelling, in their order."""

_WORD = re.compile(r"[^\W_]+")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_LEFT_OUT = frozenset({"of", "the"})
_SPELT = {
    "feet": "foot",
    "teeth": "tooth",
    "testes": "testis",
    "bronchi": "bronchus",
    "thrombi": "thrombus",
    "emboli": "embolus",
    "vena": "vein",
    "arteria": "artery",
    "clavicula": "clavicle",
    "disk": "disc",
    "grey": "gray",
    "l": "left",
    "lt": "left",
    "r": "right",
    "rt": "right",
}


def words_of(name: str) -> Words:
    """The words of a name such as "kidney_right", "Kidneys" or "L5/S1 disc"."""
    parts = _WORD.findall(_CAMEL.sub(" ", name.replace("'", "")).casefold())
    return tuple(_spelt(part) for part in parts if part not in _LEFT_OUT)


def key_of(words: Iterable[str]) -> Words:
    """The same for the same words in any order."""
    return tuple(sorted(words))


def _spelt(word: str) -> str:
    """As all spell it: "kidneys" is "kidney", "Oesophagus" is "esophagus", "Th12" is "t12"."""
    word = _singular(_SPELT.get(word, word))
    word = re.sub(r"our$", "or", re.sub(r"^th(?=\d+$)", "t", word)).replace("ae", "e").replace("oe", "e")
    return _SPELT.get(word, word)


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("ae"):
        return word[:-1]
    if word.endswith("s") and len(word) > 3 and not word.endswith(("ss", "us", "is")):
        return word[:-2] if word.endswith(("ches", "sses", "shes")) else word[:-1]
    return word

"""The page's colours, light and dark: texts can be read on every ground they stand on (WCAG 2.1, 1.4.3)."""

from __future__ import annotations

import re

import pytest

from ui.page import STATIC_DIR

PAIR = re.compile(r"(--[\w-]+): light-dark\(([^;]+)\);")
MIN_CONTRAST = 4.5
GROUNDS = ("--ink-0", "--ink-1", "--ink-2", "--ink-3", "--ink-4", "--surface")
Colour = tuple[float, float, float, float]
"""Red, green, blue and alpha, 0 to 1."""


def read_colour(text: str) -> Colour:
    """A CSS colour as the stylesheets write it: ``#rrggbb`` or ``rgba(r, g, b, a)``."""
    if text.startswith("#"):
        red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
        return red, green, blue, 1.0
    numbers = [float(each) for each in re.findall(r"[\d.]+", text)]
    return numbers[0] / 255, numbers[1] / 255, numbers[2] / 255, numbers[3]


def tokens(theme: str) -> dict[str, Colour]:
    found = {}
    for name, pair in PAIR.findall((STATIC_DIR / "css" / "tokens.css").read_text()):
        light, dark = re.split(r", (?=[#r])", pair)
        if "rgb(" not in pair:
            found[name] = read_colour(light if theme == "light" else dark)
    return found


def luminance(colour: Colour) -> float:
    """Relative luminance by WCAG 2.1, of a colour without its alpha."""
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in colour[:3]]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def over(colour: Colour, ground: Colour) -> Colour:
    """A translucent colour laid over a ground."""
    alpha = colour[3]
    red, green, blue = (alpha * a + (1 - alpha) * b for a, b in zip(colour[:3], ground[:3], strict=True))
    return red, green, blue, 1.0


def contrast(a: Colour, b: Colour) -> float:
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_known_contrasts() -> None:
    assert contrast(read_colour("#000000"), read_colour("#ffffff")) == pytest.approx(21)
    assert contrast(read_colour("#777777"), read_colour("#ffffff")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    "text", ["--text", "--text-2", "--text-3", "--accent-text", "--good-text", "--warn-text", "--bad-text"]
)
def test_texts_on_every_ground(theme: str, text: str) -> None:
    found = tokens(theme)
    for ground in GROUNDS:
        assert contrast(found[text], found[ground]) >= MIN_CONTRAST, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("colour", ["--accent", "--good", "--warn", "--bad"])
def test_signal_colours_on_the_grounds_they_are_used_on(theme: str, colour: str) -> None:
    found = tokens(theme)
    for ground in ("--ink-1", "--ink-2", "--ink-3", "--surface"):
        assert contrast(found[colour], found[ground]) >= MIN_CONTRAST, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "tint"),
    [
        ("--good-text", "--good-dim"),
        ("--warn-text", "--warn-dim"),
        ("--bad-text", "--bad-dim"),
        ("--accent-text", "--accent-dim"),
        ("--bad", "--bad-dim"),
        ("--good", "--good-dim"),
    ],
)
def test_texts_on_tints(theme: str, text: str, tint: str) -> None:
    found = tokens(theme)
    for ground in ("--ink-1", "--ink-2", "--ink-3"):
        assert contrast(found[text], over(found[tint], found[ground])) >= MIN_CONTRAST, ground


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_white_on_what_is_pressed(theme: str) -> None:
    found = tokens(theme)
    for ground in ("--accent-strong", "--accent-hover"):
        assert contrast((1, 1, 1, 1), found[ground]) >= MIN_CONTRAST


def test_no_stylesheet_names_a_scheme_but_the_one_that_sets_it() -> None:
    """Other sheets may only keep a part dark."""
    for path in STATIC_DIR.rglob("*.css"):
        rules = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.S)
        assert path.name == "scheme.css" or not re.search(r"color-scheme: (?!dark)", rules), path

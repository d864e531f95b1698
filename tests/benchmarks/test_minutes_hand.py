"""The hand of the minutes benchmark: how long and how exactly it draws, and what it draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

from benchmarks.minutes.box_desk import pieces
from benchmarks.minutes.clock import RealClock, VirtualClock
from benchmarks.minutes.hand import HandModel, drawn, length_mm
from benchmarks.minutes.strokes import Stroke, fill, strokes_needed
from tests.e2e.strokes import Contour, contours, dice

HAND = HandModel()
SPACING_MM = (3.0, 3.0)


def disc(radius: float, centre: tuple[float, float] = (30.0, 30.0), size: int = 60) -> np.ndarray:
    i, j = np.mgrid[:size, :size]
    return np.hypot(i - centre[0], j - centre[1]) <= radius


def circle(radius: float) -> Contour:
    angles = np.linspace(0, 2 * math.pi, 400, endpoint=False)
    return [(30 + radius * math.cos(angle), 30 + radius * math.sin(angle)) for angle in angles]


def apply(shown: np.ndarray, strokes: list[Stroke]) -> np.ndarray:
    label_map = shown.copy()
    for stroke in strokes:
        fill(label_map, stroke.contour, 0 if stroke.erases else stroke.code)
    return label_map


def test_the_length_of_an_outline_is_in_mm_and_closed() -> None:
    square: Contour = [(0, 0), (10, 0), (10, 20), (0, 20)]
    assert length_mm(square, (1.0, 1.0)) == 60
    assert length_mm(square, (2.0, 0.5)) == 2 * 20 + 2 * 10
    assert length_mm([*square, (0, 0)], (1.0, 1.0)) == 60
    assert length_mm(circle(10), SPACING_MM) == pytest.approx(2 * math.pi * 30, rel=0.001)


def test_times_are_those_of_the_model() -> None:
    assert HAND.drawing_s(0) == 1
    assert HAND.drawing_s(100) == 5
    assert HAND.scrolling_s(-35) == HAND.scrolling_s(35) == 3.5
    assert HAND.naming_s("Liver") == pytest.approx(0.5 + 5 * 0.2 + 0.5)
    assert (HAND.reading_s, HAND.box_s, HAND.press_s) == (2, 3, 0.5)


@pytest.mark.parametrize("voxel_mm", [0.5, 1.0, 3.0])
def test_the_line_trembles_by_half_a_millimetre_and_never_more_than_a_voxel(voxel_mm: float) -> None:
    radius = 60 / voxel_mm
    line = np.array(drawn(circle(radius), (voxel_mm, voxel_mm), HAND, np.random.default_rng(1)))
    off = np.abs(np.hypot(*(line - 30).T) - radius)
    assert off.max() <= 1.005  # the circle is one of 400 corners
    rms_mm = math.sqrt(np.mean((off * voxel_mm) ** 2))
    assert 0.2 < rms_mm < 0.5  # half a millimetre in all directions, of which this is the part across
    assert len(line) == pytest.approx(2 * math.pi * 60, abs=2)


def test_the_same_seed_draws_the_same_line() -> None:
    lines = [drawn(circle(10), SPACING_MM, HAND, np.random.default_rng(seed)) for seed in (3, 3, 4)]
    assert lines[0] == lines[1] != lines[2]


def test_a_tiny_outline_has_points_enough_to_enclose_something() -> None:
    assert len(drawn([(0.5, 0), (0, 0.5), (-0.5, 0), (0, -0.5)], (1, 1), HAND, np.random.default_rng(0))) >= 8


def test_a_blank_slice_is_outlined_whole_and_comes_out_as_wanted() -> None:
    wanted = np.zeros((60, 60), np.uint16)
    wanted[disc(15)] = 5
    wanted[disc(4, (50, 50))] = 5
    wanted[disc(6, (30, 30))] = 2
    strokes = strokes_needed(np.zeros_like(wanted), wanted, (2, 5), SPACING_MM, HAND)
    assert [(stroke.code, stroke.erases) for stroke in strokes] == [(5, False), (5, False), (2, False)]
    np.testing.assert_array_equal(apply(np.zeros_like(wanted), strokes), wanted)


def test_an_outline_within_a_voxel_is_left_alone() -> None:
    shown, wanted = (np.where(disc(radius), 7, 0).astype(np.uint16) for radius in (15, 16))
    assert strokes_needed(shown, wanted, (7,), SPACING_MM, HAND) == []
    assert strokes_needed(wanted, shown, (7,), SPACING_MM, HAND) == []


def test_what_is_missing_or_too_much_is_mended_and_the_rest_not_drawn_again() -> None:
    wanted = np.where(disc(15), 7, 0).astype(np.uint16)
    shown = np.where(disc(15, (30, 36)), 7, 0).astype(np.uint16)
    strokes = strokes_needed(shown, wanted, (7,), SPACING_MM, HAND)
    assert [stroke.erases for stroke in strokes] == [True, False]
    mended = apply(shown, strokes)
    assert dice(shown == 7, wanted == 7) < 0.8 < 0.99 < dice(mended == 7, wanted == 7)


def test_a_wrong_label_is_painted_over_not_cut_first() -> None:
    wanted = np.where(disc(15), 7, 0).astype(np.uint16)
    shown = np.where(disc(15), 3, 0).astype(np.uint16)
    strokes = strokes_needed(shown, wanted, (3, 7), SPACING_MM, HAND)
    assert [(stroke.code, stroke.erases) for stroke in strokes] == [(7, False)]
    np.testing.assert_array_equal(apply(shown, strokes), wanted)


def test_a_drawn_outline_fills_about_what_was_meant() -> None:
    wanted = disc(12)
    label_map = np.zeros(wanted.shape, np.uint16)
    fill(label_map, drawn(contours(wanted)[0], (1.0, 1.0), HAND, np.random.default_rng(0)), 9)
    assert 0.95 < dice(label_map == 9, wanted) < 1.0


def test_the_hands_time_and_what_the_program_adds_are_told_apart() -> None:
    clock = VirtualClock()
    clock.spend("reading", 2.0)
    clock.wait(10.0)
    clock.spend("outlining", 4.0, lambda: clock.wait(5.0))  # the page was slower than the hand
    clock.spend("outlining", 4.0, lambda: clock.wait(1.0))
    assert clock.now() == 21.0
    assert clock.hand_s() == 10.0
    assert clock.hand_s(until_s=14.0) == 4.0
    assert clock.hand_s_by_kind() == {"outlining": 8.0, "reading": 2.0}
    assert clock.overrun_s() == 1.0


def test_a_real_clock_sleeps_what_the_action_leaves() -> None:
    clock = RealClock()
    clock.spend("pressing", 0.02)
    assert clock.now() >= 0.02
    assert clock.work[0].took_s >= 0.02


def test_only_pieces_that_a_box_can_hold_are_boxed_the_largest_first() -> None:
    mask = disc(4, (10, 10)) | disc(8, (40, 40))
    mask[25, 5] = True
    found = pieces(mask, (3.0, 3.0), HAND.visible_mm2)
    assert [piece.sum() for piece in found] == [disc(8).sum(), disc(4).sum()]
    assert pieces(np.zeros((5, 5), bool), (1.0, 1.0), HAND.visible_mm2) == []

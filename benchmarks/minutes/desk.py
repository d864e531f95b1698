"""What the hand works at: a page, or a peer's program that is only imagined. The hand's times are the "
"same."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from benchmarks.minutes.cases import LabelledScan
from benchmarks.minutes.clock import Action, Clock
from benchmarks.minutes.hand import HandModel, drawn, length_mm
from benchmarks.minutes.strokes import Stroke, strokes_needed
from tests.e2e.strokes import Contour


@dataclass(frozen=True)
class MaskSeen:
    """A mask, when it was there, and how good it is.

    Attributes:
        draft: shown before its run is done.
        dice: by label code.
        painted: slices that it was made from.
    """

    at_s: float
    draft: bool
    dice: dict[int, float]
    painted: list[int]

    @property
    def mean(self) -> float:
        """Mean Dice over the labels."""
        return sum(self.dice.values()) / len(self.dice)


@dataclass
class Desk(ABC):
    """The hand's movements, each with its time. A subclass says what they do.

    Attributes:
        painted: slices that were painted, or marked as holding nothing.
        at: the slice on screen.
        chosen: the label that is painted.
        tool: that is used.
    """

    scan: LabelledScan
    hand: HandModel
    clock: Clock
    seed: int = 0
    painted: set[int] = field(default_factory=set)
    at: int = 0
    chosen: int | None = None
    tool: str = ""

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)

    def name_labels(self) -> None:
        """Make all labels."""
        for code in self.scan.codes:
            name = self.scan.names[code]
            self.clock.spend("naming", self.hand.naming_s(name), partial(self._name, code, name))

    def find_ends(self) -> None:
        """Scroll to both ends of the structures, and look."""
        for end in sorted(self.scan.ends, key=lambda end: abs(end - self.at)):
            self.go_to(end)
            self.read()

    def go_to(self, index: int) -> None:
        """Scroll to a slice."""
        self.clock.spend("scrolling", self.hand.scrolling_s(index - self.at), partial(self._scroll, index))
        self.at = index

    def read(self) -> None:
        """Take in what is on screen."""
        self.clock.spend("reading", self.hand.reading_s)

    def paint(self, index: int) -> None:
        """Paint a slice, or mend what it shows, or say that it is right as it is."""
        if index != self.at:
            self.go_to(index)
        self.read()
        wanted = self.scan.wanted(index)
        strokes: list[Stroke] = []
        if wanted.any():
            if self.shown(index).any() and self._is_worse_than_blank(index, wanted):
                self.press("starting afresh", partial(self._confirm, index, False))
            strokes = self._use_boxes(index, wanted)
        for stroke in strokes:
            self._draw(stroke)
        if not strokes and index not in self.painted:
            self.press("confirming", partial(self._confirm, index, bool(wanted.any())))
        self.painted.add(index)

    def _is_worse_than_blank(self, index: int, wanted: np.ndarray) -> bool:
        """Whether mending takes longer than *Nothing here* and painting everything."""
        mending_s = self.drawing_s(self.strokes(index, wanted))
        return mending_s > self.hand.press_s + self.afresh_s(wanted)

    def drawing_s(self, strokes: list[Stroke]) -> float:
        """Seconds to draw these."""
        lengths = (length_mm(stroke.contour, self.scan.spacing_mm) for stroke in strokes)
        return sum(map(self.hand.drawing_s, lengths))

    def afresh_s(self, wanted: np.ndarray) -> float:
        """Seconds to paint a blank slice; canonical (A, B) integer codes being ``wanted``."""
        blank = np.zeros_like(wanted)
        return self.drawing_s(strokes_needed(blank, wanted, self.scan.codes, self.scan.spacing_mm, self.hand))

    def choose(self, code: int) -> None:
        """Press the label's key."""
        self.press("choosing", partial(self._choose, code))
        self.chosen = code

    def use(self, tool: str, action: Action) -> None:
        """Press the tool's key unless it is chosen."""
        if self.tool != tool:
            self.press("choosing", action)
            self.tool = tool

    def strokes(self, index: int, wanted: np.ndarray) -> list[Stroke]:
        """What is missing on a slice, canonical (A, B) integer codes being ``wanted``."""
        return strokes_needed(self.shown(index), wanted, self.scan.codes, self.scan.spacing_mm, self.hand)

    def press(self, kind: str, action: Action) -> None:
        """A click or a key."""
        self.clock.spend(kind, self.hand.press_s, action)

    def _use_boxes(self, index: int, wanted: np.ndarray) -> list[Stroke]:
        """What is left to draw by lasso; a desk with boxes adds the slice to ``painted`` if it took one."""
        return self.strokes(index, wanted)

    def _draw(self, stroke: Stroke) -> None:
        """Choose tool and label unless they are chosen, then draw the outline."""
        self.use("lasso", self._choose_lasso)
        if stroke.code != self.chosen:
            self.choose(stroke.code)
        spacing_mm = self.scan.spacing_mm
        line = drawn(stroke.contour, spacing_mm, self.hand, self.rng)
        seconds = self.hand.drawing_s(length_mm(stroke.contour, spacing_mm))
        self.clock.spend("outlining", seconds, partial(self._outline, stroke, line, seconds))

    @property
    @abstractmethod
    def masks(self) -> list[MaskSeen]:
        """All masks there were, in the order of their moments."""

    @abstractmethod
    def propagate(self) -> None:
        """Press the button; a program that does one thing at a time answers before this returns."""

    @abstractmethod
    def running(self) -> bool:
        """Whether a run is under way."""

    @abstractmethod
    def go_to_suggested(self) -> bool:
        """Go to the slice to paint next; whether there is one."""

    @abstractmethod
    def shown(self, index: int) -> np.ndarray:
        """The labels that a slice shows, painted or predicted: canonical (A, B) uint16 codes."""

    @abstractmethod
    def look(self) -> None:
        """Take in the newest mask, as soon as it is on screen."""

    @abstractmethod
    def _name(self, code: int, name: str) -> None: ...

    @abstractmethod
    def _scroll(self, index: int) -> None: ...

    @abstractmethod
    def _choose_lasso(self) -> None: ...

    @abstractmethod
    def _choose(self, code: int) -> None: ...

    @abstractmethod
    def _outline(self, stroke: Stroke, line: Contour, seconds: float) -> None: ...

    @abstractmethod
    def _confirm(self, index: int, holds_labels: bool) -> None: ...

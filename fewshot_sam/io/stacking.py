"""Whether the slices of an image form a regular stack: parallel, right above each other, evenly spaced.

What is off by less than half a millimetre at the far end of the stack, and by less than 2 degrees, counts as
regular. :mod:`fewshot_sam.io.resampling` makes other stacks regular.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from fewshot_sam.errors import GeometryError

FAR_END_MM = 0.5
"""How far the far end of a stack may be from where a regular one has it."""
_MAX_DEGREES = 2.0
"""Stacks that lean by more are told however thin they are."""
_MAX_RESAMPLED_DEGREES = 45.0
_MAX_EXTENT_MM = 1e9
_ROUNDED_MM = 0.06
"""By how much slices may be off a drifting spacing for it to be one: positions may be rounded to 0.1 mm."""
_DRIFT_SHARE = 0.3


@dataclass(frozen=True)
class Fault:
    """Why slices form no regular stack.

    Attributes:
        sentence: for the user, with figures.
        what: the same as the second part of a sentence, after "because".
    """

    sentence: str
    what: str

    @property
    def question(self) -> str:
        """The sentence, and what can be done."""
        return (
            f"{self.sentence} Up to {FAR_END_MM:g} mm and {_MAX_DEGREES:g} degrees are taken as regular. "
            "Resample the image to a regular grid to open it."
        )


@dataclass(frozen=True, eq=False)
class Stack:
    """Parallel slices of one size.

    Attributes:
        columns: (3,) float64 from a voxel to the next along stored axis I, mm in RAS+.
        rows: (3,) float64 the same along stored axis J.
        positions: (K, 3) float64 of each slice's first voxel.
        step: (3,) float64, roughly from a slice to the next: which way is up, how thick a single one is.
        shape: voxels of the stack, (I, J, K).
        as_slices: the file states slices one by one, not a grid.
    """

    columns: np.ndarray
    rows: np.ndarray
    positions: np.ndarray
    step: np.ndarray
    shape: tuple[int, int, int]
    as_slices: bool = True

    @classmethod
    def of_affine(cls, affine: np.ndarray, shape: tuple[int, int, int]) -> tuple[Stack, tuple[int, int, int]]:
        """The slices of a grid, sheared or not.

        Args:
            affine: (4, 4) float64, stored voxel index to RAS+ in mm.
            shape: voxels along the stored axes.

        Returns:
            The stack, and which stored axes its I, J and K are: slices are as rectangular as they can be.
        """
        lengths = np.linalg.norm(affine[:3, :3], axis=0)
        axes = affine[:3, :3] / lengths
        leaning = {k: abs(float(axes[:, i] @ axes[:, j])) for i, j, k in ((0, 1, 2), (0, 2, 1), (1, 2, 0))}
        upright = [k for k, cosine in leaning.items() if cosine <= min(leaning.values()) + 1e-4]
        k = max(upright, key=lambda axis: (round(float(lengths[axis]), 6), axis))
        i, j = (axis for axis in range(3) if axis != k)
        step = affine[:3, k]
        positions = affine[:3, 3] + np.outer(np.arange(shape[k]), step)
        stacked = (shape[i], shape[j], shape[k])
        return cls(affine[:3, i], affine[:3, j], positions, step, stacked, as_slices=False), (i, j, k)

    @cached_property
    def frame(self) -> np.ndarray:
        """(3, 3) float64, its columns unit vectors: along :attr:`columns`, across, up the stack."""
        along = self.columns / np.linalg.norm(self.columns)
        across = self.rows - (self.rows @ along) * along
        across /= np.linalg.norm(across)
        up = np.cross(along, across)
        return np.column_stack([along, across, -up if self.step @ up < 0 else up])

    @cached_property
    def places(self) -> np.ndarray:
        """(K, 3) float64: where each slice's first voxel is in :attr:`frame`, mm from the first slice's."""
        return (self.positions - self.positions[0]) @ self.frame

    @property
    def skew_mm(self) -> float:
        """How far a row lies beside the row before it."""
        return float(self.rows @ self.frame[:, 0])

    @property
    def depths(self) -> np.ndarray:
        """(K,) float64, ascending: mm along the normal from the first slice."""
        return self.places[:, 2]

    @cached_property
    def uneven(self) -> Fault | None:
        """What is irregular about the spacing of the slices."""
        return _spacing_fault(self.depths)

    def fault(self) -> Fault | None:
        """All that is irregular about it; None where nothing is.

        Raises:
            GeometryError: it leans by more than 45 degrees, or is larger than any scan.
        """
        if not (np.abs(self.places) <= _MAX_EXTENT_MM).all():
            raise GeometryError(
                f"Slices must lie within {_MAX_EXTENT_MM:g} mm of each other, got more. Export it again."
            )
        leaning = self._sheared() or self._leaning()
        if leaning is None or self.uneven is None:
            return leaning or self.uneven
        sentence = f"{leaning.sentence} {self.uneven.sentence}"
        return Fault(sentence, f"{leaning.what} and {self.uneven.what}")

    def _leaning(self) -> Fault | None:
        sideways = self.places[:, :2]
        shift = float(np.linalg.norm(sideways, axis=1).max())
        degrees = float(np.degrees(np.arctan2(np.linalg.norm(sideways[-1]), self.depths[-1] or 1.0)))
        if shift <= FAR_END_MM and degrees <= _MAX_DEGREES:
            return None
        straight = np.outer(self.depths / (self.depths[-1] or 1.0), sideways[-1])
        leans = np.linalg.norm(sideways - straight, axis=1).max() <= FAR_END_MM
        angle = f": the stack leans by {degrees:.2f} degrees (a tilted gantry?)" if leans else ""
        if degrees > _MAX_RESAMPLED_DEGREES:
            raise GeometryError(
                "Slices must be stacked along their normal, but they shift sideways by up to "
                f"{shift:.1f} mm{angle}, which is no stack of slices. Export the series again."
            )
        what = f"the stack leans by {degrees:.2f} degrees" if leans else "the slices shift sideways"
        return Fault(
            "Slices must be stacked along their normal, but they shift sideways by up to "
            f"{shift:.1f} mm at the far end{angle}.",
            f"{what} ({shift:.1f} mm at the far end)",
        )

    def _sheared(self) -> Fault | None:
        """The axes of a grid, or those within the slices, that are not at right angles."""
        skew = abs(self.skew_mm) * (self.shape[1] - 1)
        axes = [self.columns, self.rows]
        if not self.as_slices:
            axes.append(self.step)
            corners = self.places[[0, -1], None, :2] + np.array(
                [[0, 0], [self.skew_mm * (self.shape[1] - 1), 0]]
            )
            skew = float(np.linalg.norm(corners, axis=2).max())
        directions = np.array([axis / np.linalg.norm(axis) for axis in axes])
        cosine = float(np.abs(directions @ directions.T - np.eye(len(axes))).max())
        angle = float(np.degrees(np.arccos(min(cosine, 1.0))))
        if skew <= FAR_END_MM and 90 - angle <= _MAX_DEGREES:
            return None
        shown = f"{angle:.1f}" if angle < 89 else f"{angle:.2f}"
        return Fault(
            f"The image's voxel axes must be at right angles, but two of them are at {shown} degrees "
            f"(a sheared affine or a tilted gantry), which shifts the far end by {skew:.2g} mm.",
            f"two of its axes are at {shown} degrees ({skew:.2g} mm at the far end)",
        )


def _spacing_fault(depths: np.ndarray) -> Fault | None:
    """What is irregular about (K,) float64 ascending depths in mm."""
    gaps = np.diff(depths)
    if len(gaps) < 2:
        return None
    numbers = np.arange(len(depths))
    off = float(np.abs(depths - numbers * depths[-1] / numbers[-1]).max())
    curve = np.polyfit(numbers, depths, 2)
    drift = abs(float(curve[0])) * float(numbers[-1]) ** 2
    beside = float(np.abs(depths - np.polyval(curve, numbers)).max())
    if drift > FAR_END_MM and beside <= max(_ROUNDED_MM, _DRIFT_SHARE * off):
        first, last = np.polyval(np.polyder(curve), (0.5, numbers[-1] - 0.5)).tolist()
        drifts = f"drifts from {first:.3g} to {last:.3g} mm"
        return Fault(
            f"Slices must be evenly spaced, but their spacing {drifts}, which puts the far end "
            f"{drift:.1f} mm off a stack of even spacing.",
            f"the spacing of its slices {drifts} ({drift:.1f} mm at the far end)",
        )
    if off > FAR_END_MM:
        found = f"{gaps.min():.3g} to {gaps.max():.3g} mm"
        return Fault(
            f"Slices must be evenly spaced, got gaps of {found}, which puts slices up to {off:.1f} mm off "
            "a regular stack.",
            f"the gaps between its slices are {found} ({off:.1f} mm off a regular stack)",
        )
    return None

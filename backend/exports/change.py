"""How a label's volume has changed since the mask that its volume had before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from backend.schemas.answers import MaskAnswer


@dataclass(frozen=True)
class VolumeChange:
    """Of one label.

    Attributes:
        before_ml: None where there was no mask before, or it had not the label.
        ml: more (or, below 0, less) than before; None as ``before_ml``.
        percent: of what was before; None also where that was nothing.
    """

    before_ml: float | None
    ml: float | None
    percent: float | None

    @classmethod
    def of(cls, now_ml: float, before_ml: float | None) -> VolumeChange:
        """Between two volumes.

        Example:
            >>> VolumeChange.of(12.0, 10.0)
            VolumeChange(before_ml=10.0, ml=2.0, percent=20.0)
            >>> VolumeChange.of(12.0, 0.0).percent is None
            True
        """
        if before_ml is None:
            return cls(None, None, None)
        more = now_ml - before_ml
        return cls(before_ml, more, 100.0 * more / before_ml if before_ml else None)

    @classmethod
    def by_value(cls, mask: MaskAnswer) -> Mapping[int, VolumeChange]:
        """Of every label of a mask."""
        return {label.value: cls.of(label.volume_ml, label.previous_ml) for label in mask.labels}

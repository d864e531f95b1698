"""The layouts of training sets. A new one is a module and a line here."""

from __future__ import annotations

from dataclasses import dataclass
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewshot_sam.io.training_sets.base import TrainingSet

_HERE = "fewshot_sam.io.training_sets"


@dataclass(frozen=True)
class LayoutLine:
    """A line of the registry.

    Attributes:
        title: for people.
        made_by: "module:attribute" of a :class:`fewshot_sam.io.training_sets.base.TrainingSet`.
    """

    title: str
    made_by: str

    def load(self) -> type[TrainingSet]:
        """The class, imported when it is used."""
        found: type[TrainingSet] = resolve_name(self.made_by)
        return found


LAYOUTS: dict[str, LayoutLine] = {
    "nnunet": LayoutLine("nnU-Net v2 dataset", f"{_HERE}.nnunet:NnUnetSet"),
    "decathlon": LayoutLine(
        "task of the Medical Segmentation Decathlon (MONAI)", f"{_HERE}.decathlon:DecathlonSet"
    ),
    "bids": LayoutLine("BIDS dataset with labels as a derivative", f"{_HERE}.bids:BidsSet"),
}
"""By the name that the command line and the API call them."""

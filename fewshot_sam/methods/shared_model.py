"""A model's file as it goes from one program to another: checked, and put under other codes, without torch.

In the app the codes of a model are label values, in files they are what people gave. Codes are listed in
the order of the network's classes, which stays as it was fitted, so that even voxels on which two labels
are as likely as each other come out the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from fewshot_sam.errors import ModelError
from fewshot_sam.methods.about import ModelAbout, damaged, describe, parse_about
from fewshot_sam.methods.contents import contents_of, require_finite
from fewshot_sam.methods.model_card import ModelCard
from fewshot_sam.methods.registry import METHODS
from fewshot_sam.methods.tensor_file import MAX_BYTES, metadata_of, read_model
from fewshot_sam.settings import Settings

_FIT_KEYS = ("steps", "loss", "slices", "seconds")
_SCORES = "cross_validated_dice"


@dataclass(frozen=True, eq=False)
class SharedModel:
    """What is in a file.

    Attributes:
        tensors: by name, of any shape, all finite floats.
        about: the description; only what this version writes is kept of it.
    """

    tensors: Mapping[str, np.ndarray]
    about: ModelAbout

    @classmethod
    def read(cls, path: Path, max_bytes: int = MAX_BYTES) -> SharedModel:
        """A file from outside, checked as far as that goes without its networks and encoder.

        Raises:
            ModelError: it is no few-shot model, one of another version or method, or damaged.
        """
        tensors, stated = read_model(path, max_bytes)
        about = parse_about(stated, path.name)
        if about.method not in METHODS:
            raise ModelError(
                f"{path.name} was made by the method {about.method[:80]!r}, which this version has not; "
                "update to use it."
            )
        try:
            Settings.from_json(about.settings)
        except ModelError as error:
            raise ModelError(
                f"{path.name} holds settings that this version does not take. {error}"
            ) from error
        if about.window is not None and not about.window[0] < about.window[1]:
            raise damaged(path.name, "window", "the lower value comes first")
        require_finite(tensors, path.name)
        model = cls(tensors, about)
        model._require_classes(path.name)
        return model

    def recoded(self, codes: Mapping[int, int]) -> SharedModel:
        """The same model with other codes.

        Args:
            codes: another one for each of the model's, no two the same.
        """
        state, fit = dict(self.about.method_state), dict(self.about.fit)
        if _SCORES in state:
            state[_SCORES] = [[codes[code], dice] for code, dice in state[_SCORES]]
        if isinstance(fit.get(_SCORES), dict):
            known = fit[_SCORES]
            fit[_SCORES] = {str(codes[code]): known[str(code)] for code in codes if str(code) in known}
        about = replace(
            self.about,
            codes=[codes[code] for code in self.about.codes],
            method_state=state,
            fit=fit,
            card=self.about.card.recoded(codes),
        )
        return SharedModel(self.tensors, about)

    def with_card(self, card: ModelCard) -> SharedModel:
        """The same model under another card."""
        return replace(self, about=replace(self.about, card=card))

    def description(self) -> dict[str, Any]:
        """See :meth:`fewshot_sam.methods.fitted_model.SavedModel.description`."""
        shapes = {name: tensor.shape for name, tensor in self.tensors.items()}
        return {**describe(self.about), "contents": contents_of(self.about.method, shapes).to_json()}

    def save(self, path: Path) -> None:
        """Write the file; an encoder that is a checkpoint is named without the folder it is in."""
        fit = {key: self.about.fit[key] for key in (*_FIT_KEYS, _SCORES) if key in self.about.fit}
        encoder = self.about.encoder.replace("\\", "/").rpartition("/")[2]
        stated = asdict(replace(self.about, fit=fit, encoder=encoder))
        stated["plane"] = self.about.plane.value
        save_file(dict(self.tensors), path, metadata_of(stated))

    def _require_classes(self, name: str) -> None:
        """Let each tensor have a class for each label and one for the background, and each label a score."""
        classes, codes = 1 + len(self.about.codes), set(self.about.codes)
        for key, axis in METHODS[self.about.method].class_axes.items():
            shape = self.tensors[key].shape if key in self.tensors else ()
            if len(shape) <= axis or shape[axis] != classes:
                raise ModelError(
                    f"{name} does not fit this version's networks: {key!r} must have {classes} classes, one "
                    "for each label and one for the background. Fit the model again."
                )
        if any(tensor.size == 0 for tensor in self.tensors.values()):
            raise ModelError(f"{name} is damaged: a tensor of it is empty.")
        if not _are_scores(self.about.method_state.get(_SCORES, [[code, None] for code in codes]), codes):
            raise ModelError(f"{name} is damaged: there must be an accuracy, if only none, for each label.")


def _are_scores(stated: Any, codes: set[int]) -> bool:
    """Whether it is a list of a code and its Dice, or None, for each of the codes."""
    if not isinstance(stated, list) or len(stated) != len(codes):
        return False
    pairs = [each for each in stated if isinstance(each, list) and len(each) == 2]
    numbers = all(dice is None or isinstance(dice, int | float) for _, dice in pairs)
    plain = all(isinstance(code, int) and not isinstance(code, bool) for code, _ in pairs)
    return numbers and plain and {code for code, _ in pairs} == codes

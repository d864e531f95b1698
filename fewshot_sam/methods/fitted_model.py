"""A fitted method with what it was fitted for, and how model files are written and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import Window
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.registry import ENCODER_NAMES
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.about import damaged, describe, parse_about
from fewshot_sam.methods.base import Method, MethodState, MethodStateError
from fewshot_sam.methods.contents import VECTORS, contents_of, require_finite
from fewshot_sam.methods.model_card import ModelCard
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.methods.registry import METHODS, method_class
from fewshot_sam.settings import Settings


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A fitted method and what it was fitted for.

    Attributes:
        method: the method's name in :data:`fewshot_sam.methods.registry.METHODS`.
        fitted: what it learnt.
        codes: labels it knows, in the order of its classes: ascending as fitted, until they are changed.
        plane: the plane whose slices it segments.
        window: intensities shown to the encoder; None for each volume's own.
        encoder_name, encoder_identity: of the only encoder it runs with.
        volumes: content hash to depth in mm of the volumes it was fitted on, in their order.
        settings: it was fitted with.
        slice_vectors: content hash to what a volume's painted slices look like, see
            :mod:`fewshot_sam.evaluation.domain_shift`; none of models of earlier versions.
        report: of the fit, JSON-able: seconds by stage, steps, loss, painted slices, cross-validated Dice.
        card: how it was made, and what people call it and its labels.
    """

    method: str
    fitted: Method
    codes: tuple[int, ...]
    plane: Plane
    window: Window | None
    encoder_name: str
    encoder_identity: str
    volumes: Mapping[str, float]
    settings: Settings = field(default_factory=Settings)
    report: Mapping[str, Any] = field(default_factory=dict)
    slice_vectors: Mapping[str, np.ndarray] = field(default_factory=dict)
    card: ModelCard = field(default_factory=ModelCard)

    def save(self, path: str | Path) -> None:
        """Write as safetensors, whole or not at all."""
        state = self.fitted.state()
        about = {
            "method": self.method,
            "method_state": state.about,
            "plane": str(self.plane),
            "codes": list(self.codes),
            "encoder": self.encoder_name,
            "encoder_identity": self.encoder_identity,
            "window": [self.window.low, self.window.high] if self.window else None,
            "volumes": list(self.volumes.items()),
            "settings": self.settings.to_json(),
            "fit": dict(self.report),
            "card": self.card.to_json(),
        }
        ModelFile({**state.tensors, **_vector_tensors(self.slice_vectors)}, about).save(Path(path))

    def to_continue(
        self, settings: Settings, codes: tuple[int, ...], encoder: Encoder, volumes: Sequence[str]
    ) -> Method | None:
        """What was learnt, if a fit of these volumes (content hashes) can start from it.

        The method, labels and encoder must be the same, and the volumes in their order, as far as both go.
        """
        same_volumes = all(now == then for now, then in zip(volumes, self.volumes, strict=False))
        mine = (self.method, self.codes, self.encoder_identity)
        return self.fitted if mine == (settings.method, codes, encoder.identity) and same_volumes else None

    def with_settings(self, settings: Settings) -> FittedModel:
        """The same model; its file says ``settings``."""
        return replace(self, settings=settings)

    def with_card(self, card: ModelCard) -> FittedModel:
        """The same model under another card."""
        return replace(self, card=card)


def _vector_tensors(vectors: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    return {VECTORS + content_hash: torch.from_numpy(each) for content_hash, each in vectors.items()}


def _split(tensors: dict[str, torch.Tensor]) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """The tensors of the method, and the volumes' vectors by content hash."""
    mine = {name: tensor for name, tensor in tensors.items() if not name.startswith(VECTORS)}
    others = {name.removeprefix(VECTORS): tensors[name] for name in tensors.keys() - mine.keys()}
    return mine, others


class SavedModel:
    """A model file of this or an earlier version, read and checked but for its tensors.

    Args:
        path: of a file written by :meth:`FittedModel.save`.

    Raises:
        ModelError: if the file is no few-shot model, or what it says of itself has other types.
    """

    def __init__(self, path: str | Path) -> None:
        self._name = Path(path).name
        file = ModelFile.load(Path(path))
        self._tensors, vectors = _split(file.state)
        self._about = parse_about(file.about, self._name)
        self._slice_vectors = self._checked_vectors(vectors)
        require_finite({name: tensor.numpy() for name, tensor in self._tensors.items()}, self._name)

    @property
    def encoder(self) -> str:
        """The name of the encoder it was fitted with; never a path, which a file may not choose.

        Raises:
            ModelError: if it is not an encoder that has a name.
        """
        if self._about.encoder not in ENCODER_NAMES:
            raise ModelError(
                f"{self._name} was made with the checkpoint {self._about.encoder[:80]!r}; give that "
                "checkpoint's path as the encoder."
            )
        return self._about.encoder

    @property
    def settings(self) -> Settings:
        """The settings it was fitted with.

        Raises:
            ModelError: if they are not what this version takes.
        """
        try:
            return Settings.from_json(self._about.settings)
        except ModelError as error:
            raise ModelError(
                f"{self._name} holds settings that this version does not take. {error}"
            ) from error

    def description(self) -> dict[str, Any]:
        """What the file says of itself, see :func:`fewshot_sam.methods.about.describe`, and "contents", see
        :class:`fewshot_sam.methods.contents.Contents`."""
        shapes = {name: tuple(tensor.shape) for name, tensor in self._tensors.items()}
        vectors = {VECTORS + name: each.shape for name, each in self._slice_vectors.items()}
        contents = contents_of(self._about.method, {**shapes, **vectors})
        return {**describe(self._about), "contents": contents.to_json()}

    def restore(self, encoder: Encoder, device: torch.device, settings: Settings) -> FittedModel:
        """The model itself.

        Args:
            encoder: the one it was fitted with.
            device: where it is applied.
            settings: :attr:`settings`, or others to go on with.

        Raises:
            ModelError: if it was made with another encoder, or by a version with other networks.
        """
        about = self._about
        if encoder.identity != about.encoder_identity:
            raise ModelError(
                f"The model {self._name} was made with the encoder {about.encoder}, "
                f"and cannot run with {encoder.name}."
            )
        if any(each.shape[1] != encoder.channels for each in self._slice_vectors.values()):
            raise self._damaged("slice_vectors")
        return FittedModel(
            method=about.method,
            fitted=self._fitted(encoder, device),
            codes=tuple(about.codes),
            plane=about.plane,
            window=Window(*about.window) if about.window else None,
            encoder_name=about.encoder,
            encoder_identity=about.encoder_identity,
            volumes=dict(about.volumes),
            settings=settings,
            report=about.fit,
            slice_vectors=self._slice_vectors,
            card=about.card,
        )

    def _checked_vectors(self, vectors: dict[str, torch.Tensor]) -> dict[str, np.ndarray]:
        """Those of the fitted volumes, which a file from outside may hold in any shape."""
        hashes = {content_hash for content_hash, _ in self._about.volumes}
        whole = all(t.dim() == 2 and t.numel() and bool(torch.isfinite(t).all()) for t in vectors.values())
        if not whole or not vectors.keys() <= hashes:
            raise self._damaged("slice_vectors")
        return {content_hash: tensor.float().numpy() for content_hash, tensor in vectors.items()}

    def _fitted(self, encoder: Encoder, device: torch.device) -> Method:
        about = self._about
        if about.method not in METHODS:
            raise ModelError(
                f"{self._name} was made by the method {about.method[:80]!r}, which this version has not."
            )
        state = MethodState(self._tensors, about.method_state)
        try:
            if any(tensor.numel() == 0 for tensor in state.tensors.values()):
                raise ValueError("a tensor is empty, so its sizes say nothing of the file's")
            return method_class(about.method).from_state(state, tuple(about.codes), encoder, device)
        except MethodStateError as error:
            raise self._damaged(str(error)) from error
        except (RuntimeError, KeyError, ValueError, IndexError, TypeError) as error:
            raise ModelError(
                f"{self._name} does not fit this version's networks; fit the model again."
            ) from error

    def _damaged(self, part: str) -> ModelError:
        return damaged(self._name, part)

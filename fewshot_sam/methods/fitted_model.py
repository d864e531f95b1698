"""A fitted network, what it was fitted for, and its way into a model file and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any

import torch
from pydantic import ConfigDict, Field, StrictInt, TypeAdapter, ValidationError

from fewshot_sam.data.planes import Plane
from fewshot_sam.data.windowing import Window
from fewshot_sam.encoders.base import Encoder
from fewshot_sam.encoders.load import ENCODER_NAMES
from fewshot_sam.errors import ModelError
from fewshot_sam.methods.model_file import ModelFile
from fewshot_sam.methods.sam_decoder.decoder import FewShotDecoder
from fewshot_sam.methods.sam_decoder.fit import empty_decoder
from fewshot_sam.methods.triplanar.fit import empty_head
from fewshot_sam.methods.triplanar.head import PlanesHead
from fewshot_sam.settings import Settings

Network = FewShotDecoder | PlanesHead
_OURS = {
    "answering",
    "plane",
    "codes",
    "encoder",
    "encoder_identity",
    "window",
    "volumes",
    "folds",
    "left_out",
}
_SEGMENTERS = {"settings", "fit"}


_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


@dataclass(frozen=True)
class _Saved:
    """Types and ranges of what a model's file says of itself, see :class:`FittedModel`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    answering: Annotated[StrictInt, Field(ge=1)] | None
    plane: Plane
    codes: list[Annotated[StrictInt, Field(ge=1, le=65535)]]
    encoder: str
    encoder_identity: str
    window: tuple[_Number, _Number] | None
    volumes: list[tuple[str, _Number]]
    folds: dict[str, Annotated[StrictInt, Field(ge=0, le=65535)]]
    left_out: list[tuple[StrictInt, _Number | None]]


_SAVED = TypeAdapter(_Saved)


@dataclass(eq=False)
class FittedModel:
    """A fitted network and what it was fitted for.

    Attributes:
        volumes: content hash to depth in mm of the volumes it was fitted on, in their order.
        folds, left_out: see :class:`fewshot_sam.methods.triplanar.fit.FittedHead`; empty for a decoder.
    """

    network: Network
    codes: tuple[int, ...]
    plane: Plane
    window: Window | None
    encoder_name: str
    encoder_identity: str
    volumes: dict[str, float]
    folds: dict[str, int] = field(default_factory=dict)
    left_out: dict[int, float | None] = field(default_factory=dict)

    def to_file(self, about: dict[str, Any]) -> ModelFile:
        """As safetensors hold it.

        Args:
            about: of the segmenter, JSON values: "settings" and "fit".
        """
        mine = {
            "answering": getattr(self.network, "answering", None),
            "plane": str(self.plane),
            "codes": list(self.codes),
            "encoder": self.encoder_name,
            "encoder_identity": self.encoder_identity,
            "window": [self.window.low, self.window.high] if self.window else None,
            "volumes": list(self.volumes.items()),
            "folds": self.folds,
            "left_out": [[code, dice] for code, dice in self.left_out.items()],
        }
        return ModelFile(self.network.state_dict(), mine | about)

    @classmethod
    def from_file(cls, file: ModelFile, encoder: Encoder, device: torch.device, name: str) -> FittedModel:
        """Inverse of :meth:`to_file`.

        Args:
            file: see :func:`require_saved`.
            name: of the file, for messages.

        Raises:
            ModelError: if the model was made with another encoder, or by a version with other networks.
        """
        about = file.about
        if encoder.identity != about["encoder_identity"]:
            raise ModelError(
                f"The model {name} was made with the encoder {about['encoder']}, "
                f"and cannot run with {encoder.name}."
            )
        return cls(
            network=_load_network(file, encoder, name).to(device).eval(),
            codes=tuple(about["codes"]),
            plane=Plane(about["plane"]),
            window=Window(*about["window"]) if about["window"] else None,
            encoder_name=about["encoder"],
            encoder_identity=about["encoder_identity"],
            volumes=dict(about["volumes"]),
            folds=about["folds"],
            left_out=dict(about["left_out"]),
        )


def require_saved(file: ModelFile, name: str) -> None:
    """Check that a file holds all that this version reads.

    Raises:
        ModelError: if it does not, or if what it says of itself has other types.
    """
    if not file.about.keys() >= _OURS | _SEGMENTERS:
        raise ModelError(f"{name} was made by another version; fit the model again.")
    try:
        _SAVED.validate_python({key: file.about[key] for key in _OURS})
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_url=False)[0]["loc"])
        raise ModelError(f"{name} is damaged: {place} is not what a few-shot model has there.") from None
    if not isinstance(file.about["fit"], dict):
        raise ModelError(f"{name} is damaged: fit is not what a few-shot model has there.")


def saved_settings(file: ModelFile, name: str) -> Settings:
    """The settings a model was fitted with.

    Raises:
        ModelError: if they are not what this version takes.
    """
    try:
        return Settings.from_json(file.about["settings"])
    except ModelError as error:
        raise ModelError(f"{name} holds settings that this version does not take. {error}") from error


def saved_encoder(file: ModelFile, name: str) -> str:
    """The name of the encoder a model was fitted with; never a path, which a file may not choose.

    Raises:
        ModelError: if it is not an encoder that has a name.
    """
    encoder = file.about["encoder"]
    if encoder not in ENCODER_NAMES:
        raise ModelError(
            f"{name} was made with the checkpoint {encoder[:80]!r}; give that checkpoint's path as the "
            "encoder."
        )
    return str(encoder)


def _load_network(file: ModelFile, encoder: Encoder, name: str) -> Network:
    """The network of a model's file."""
    try:
        _require_bounded(file)
        if "prototypes" in file.state:
            network: Network = empty_decoder(file.state["prototypes"], encoder)
        else:
            network = empty_head(file.state, file.about["answering"])
        network.load_state_dict(file.state)
    except (RuntimeError, KeyError, ValueError, IndexError, TypeError) as error:
        raise ModelError(f"{name} does not fit this version's networks; fit the model again.") from error
    return network


def _require_bounded(file: ModelFile) -> None:
    """Let no shape in a file make a network larger than the file: nothing is allocated before this.

    Raises:
        ValueError: if a tensor is empty, or the sizes contradict each other or the labels.
    """
    if any(tensor.numel() == 0 for tensor in file.state.values()):
        raise ValueError("a tensor is empty, so its sizes say nothing of the file's")
    decoder = "prototypes" in file.state
    classes = file.state["prototypes"].shape[0] if decoder else file.state["out"].shape[2]
    if classes != 1 + len(file.about["codes"]):
        raise ValueError("there must be a class for each label and one for the background")
    if decoder:
        return  # what is allocated grows with the prototypes' classes and channels, which are in the file
    if {code for code, _ in file.about["left_out"]} != set(file.about["codes"]):
        raise ValueError("there must be an accuracy, if only None, for each label")
    with torch.device("meta"):  # shapes without memory
        head = empty_head(file.state, file.about["answering"])
    if not 1 <= head.answering <= len(head.hidden):
        raise ValueError("the members that answer must be some of the network's")
    shapes = {key: tensor.shape for key, tensor in head.state_dict().items()}
    if shapes != {key: tensor.shape for key, tensor in file.state.items()}:
        raise ValueError("the tensors' shapes contradict each other")
